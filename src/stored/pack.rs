//! Weights to bytes and back.

use half::f16;

use super::{MAX_WEIGHT, Precision};

/// How bytes stand for weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Bytes,
    Runs,
    Halves,
}

/// Each encoding with its name in the file.
pub const ENCODINGS: [(Encoding, &str); 3] =
    [(Encoding::Bytes, "u8"), (Encoding::Runs, "u8-runs"), (Encoding::Halves, "f16")];

impl Encoding {
    pub fn name(self) -> &'static str {
        ENCODINGS.iter().find(|(encoding, _)| *encoding == self).map_or("u8", |(_, name)| name)
    }
}

/// Weights of several heads as bytes.
pub struct Packed {
    pub encoding: Encoding,
    pub bytes: Vec<u8>,
    /// Of each head. // (heads)
    pub largest: Vec<f32>,
    /// The largest difference between a weight and what comes back of it.
    pub error: f32,
}

/// Packs head after head; [`Packer::finish`] chooses between the encodings of its precision.
pub struct Packer {
    precision: Precision,
    packed: Packed,
}

impl Packer {
    pub fn new(precision: Precision) -> Self {
        let encoding = match precision {
            Precision::Byte => Encoding::Bytes,
            Precision::Half => Encoding::Halves,
        };
        Self { precision, packed: Packed { encoding, bytes: vec![], largest: vec![], error: 0.0 } }
    }

    /// Appends one head's weights; gives back the first that is not from 0 to [`MAX_WEIGHT`].
    pub fn push(&mut self, weights: &[f32]) -> Result<(), f32> {
        if let Some(&wrong) = weights.iter().find(|weight| !is_weight(**weight)) {
            return Err(wrong);
        }
        let Packed { bytes, largest, error, .. } = &mut self.packed;
        let most = weights.iter().fold(0.0_f32, |most, &weight| most.max(weight));
        largest.push(most);
        for &weight in weights {
            let read = match self.precision {
                Precision::Byte => {
                    // A cast to an integer takes the NaN of 0 / 0 to 0.
                    let level = (weight / most * 255.0).round() as u8;
                    bytes.push(level);
                    of_level(level, most)
                }
                Precision::Half => {
                    let half = f16::from_f32(weight);
                    bytes.extend(half.to_le_bytes());
                    half.to_f32()
                }
            };
            *error = error.max((read - weight).abs());
        }
        Ok(())
    }

    /// The shorter of the ways to write it.
    pub fn finish(mut self) -> Packed {
        if self.precision == Precision::Byte {
            let folded = fold(&self.packed.bytes);
            if folded.len() < self.packed.bytes.len() {
                (self.packed.encoding, self.packed.bytes) = (Encoding::Runs, folded);
            }
        }
        self.packed
    }
}

/// The weights of heads whose largest are `largest`, `len` each; the error says what the bytes should have been.
pub fn unpack(encoding: Encoding, bytes: Vec<u8>, largest: &[f32], len: usize) -> Result<Vec<f32>, String> {
    let count = largest.len() * len;
    let bytes = if encoding == Encoding::Runs { unfold(&bytes, count) } else { Some(bytes) };
    let size = if encoding == Encoding::Halves { 2 } else { 1 };
    let bytes = bytes
        .filter(|bytes| bytes.len() == count * size)
        .ok_or_else(|| format!("base64 of {count} weights as {}", encoding.name()))?;
    let weights: Vec<f32> = if encoding == Encoding::Halves {
        bytes.chunks_exact(2).map(|pair| f16::from_le_bytes([pair[0], pair[1]]).to_f32()).collect()
    } else {
        let heads = largest.iter().zip(bytes.chunks_exact(len));
        heads.flat_map(|(&largest, bytes)| bytes.iter().map(move |&level| of_level(level, largest))).collect()
    };
    if weights.iter().all(|&weight| is_weight(weight)) {
        Ok(weights)
    } else {
        Err("weights from 0 to 1".into())
    }
}

/// Whether it can be a share of 1.
pub fn is_weight(weight: f32) -> bool {
    (0.0..=MAX_WEIGHT).contains(&weight)
}

fn of_level(level: u8, largest: f32) -> f32 {
    f32::from(level) * largest / 255.0
}

/// Zeros become a zero and the number of further zeros, up to 255 of them.
fn fold(bytes: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        folded.push(*first);
        rest = after;
        if *first == 0 {
            let more = after.iter().take(255).take_while(|byte| **byte == 0).count();
            folded.push(more as u8);
            rest = &after[more..];
        }
    }
    folded
}

/// Undoes [`fold`], unless it would make anything but `count` bytes.
fn unfold(folded: &[u8], count: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(count);
    let mut rest = folded.iter();
    while let Some(&byte) = rest.next() {
        let times = if byte == 0 { usize::from(*rest.next()?) + 1 } else { 1 };
        if bytes.len() + times > count {
            return None;
        }
        bytes.resize(bytes.len() + times, byte);
    }
    (bytes.len() == count).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(precision: Precision, heads: &[&[f32]]) -> Packed {
        let mut packer = Packer::new(precision);
        heads.iter().for_each(|head| packer.push(head).expect("weights"));
        packer.finish()
    }

    #[test]
    fn runs_of_zeros_of_any_length_come_back() {
        for zeros in [0, 1, 2, 255, 256, 257, 512, 1000] {
            let mut bytes = vec![7; 3];
            bytes.resize(3 + zeros, 0);
            bytes.push(9);
            assert_eq!(unfold(&fold(&bytes), bytes.len()), Some(bytes.clone()), "{zeros}");
            assert_eq!(unfold(&fold(&bytes), bytes.len() - 1), None);
            assert_eq!(unfold(&fold(&bytes), bytes.len() + 1), None);
        }
        assert_eq!(unfold(&[5, 0], 2), None);
    }

    #[test]
    fn bytes_are_steps_up_to_the_heads_own_largest_weight() {
        let packed = packed(Precision::Byte, &[&[0.5, 0.25, 0.001, 0.2], &[0.0, 0.0, 0.0, 0.0]]);
        assert_eq!(packed.largest, [0.5, 0.0]);
        // 0.25 / 0.5 * 255 = 127.5, 0.001 / 0.5 * 255 = 0.51, 0.2 / 0.5 * 255 = 102; then four zeros.
        assert_eq!((packed.encoding, &packed.bytes[..]), (Encoding::Runs, &[255, 128, 1, 102, 0, 3][..]));
        let weights = unpack(packed.encoding, packed.bytes, &packed.largest, 4).expect("weights");
        assert_eq!(weights[0], 0.5);
        assert!((weights[1] - 0.5 * 128.0 / 255.0).abs() < 1e-7);
        assert_eq!(weights[4..], [0.0; 4]);
        // Half a step of 0.5 / 255, and it is said.
        assert!((packed.error - 0.5 / 510.0).abs() < 1e-6, "{}", packed.error);
    }

    #[test]
    fn halves_are_little_endian_ieee() {
        let packed = packed(Precision::Half, &[&[1.0, 0.1]]);
        // 1.0 is 0x3c00; 0.1 is nearest to 0x2e66 = 1638 / 2^14.
        assert_eq!(packed.bytes, [0x00, 0x3c, 0x66, 0x2e]);
        assert!((packed.error - (0.1 - 1638.0 / 16384.0)).abs() < 1e-7);
        assert_eq!(
            unpack(Encoding::Halves, packed.bytes, &packed.largest, 2),
            Ok(vec![1.0, 1638.0 / 16384.0])
        );
    }

    #[test]
    fn what_is_no_weight_is_neither_written_nor_read() {
        for wrong in [f32::NAN, f32::INFINITY, -0.1, 1.1] {
            assert!(Packer::new(Precision::Byte).push(&[0.5, wrong]).is_err());
            assert!(unpack(Encoding::Halves, f16::from_f32(wrong).to_le_bytes().into(), &[1.0], 1).is_err());
        }
        assert!(unpack(Encoding::Bytes, vec![1, 2, 3], &[1.0], 4).is_err());
    }
}
