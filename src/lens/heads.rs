//! A choice of several heads.

use std::fmt;

/// A set of heads, each a (layer, head), both counted from 0. In text it is `3.1 3.4 4.0`, layer before head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadSet {
    /// In order, each once.
    heads: Vec<(usize, usize)>,
}

impl HeadSet {
    /// All heads of one layer.
    pub fn of_layer(layer: usize, heads: usize) -> Self {
        Self { heads: (0..heads).map(|head| (layer, head)).collect() }
    }

    /// The head of one number in every layer.
    pub fn of_head(head: usize, layers: usize) -> Self {
        Self { heads: (0..layers).map(|layer| (layer, head)).collect() }
    }

    /// Every head of a model.
    pub fn all(layers: usize, heads: usize) -> Self {
        Self { heads: (0..layers).flat_map(|layer| (0..heads).map(move |head| (layer, head))).collect() }
    }

    /// Reads the text form, with spaces or commas between the heads, for a model of that many layers and heads. The
    /// error is the part that is not a head of it.
    pub fn parse(text: &str, layers: usize, heads: usize) -> Result<Self, &str> {
        let mut set = Self::default();
        for part in text.split([' ', ',', '\t', '\n']).filter(|part| !part.is_empty()) {
            let found = part
                .split_once('.')
                .and_then(|(layer, head)| Some((layer.parse().ok()?, head.parse().ok()?)))
                .filter(|&(layer, head): &(usize, usize)| layer < layers && head < heads);
            let Some(found) = found else {
                return Err(part);
            };
            set.insert(found);
        }
        Ok(set)
    }

    pub fn contains(&self, layer: usize, head: usize) -> bool {
        self.heads.binary_search(&(layer, head)).is_ok()
    }

    /// Puts a head in, or takes it out.
    pub fn toggle(&mut self, layer: usize, head: usize) {
        match self.heads.binary_search(&(layer, head)) {
            Ok(place) => _ = self.heads.remove(place),
            Err(place) => self.heads.insert(place, (layer, head)),
        }
    }

    /// Takes all of `others` out where all are in, else puts all in: what a click on a layer's name does.
    pub fn toggle_all(&mut self, others: &Self) {
        if others.iter().all(|(layer, head)| self.contains(layer, head)) {
            self.heads.retain(|&(layer, head)| !others.contains(layer, head));
        } else {
            others.iter().for_each(|head| self.insert(head));
        }
    }

    /// Leaves out the heads that a model of that many layers and heads does not have.
    pub fn keep_within(&mut self, layers: usize, heads: usize) {
        self.heads.retain(|&(layer, head)| layer < layers && head < heads);
    }

    /// Its heads, by layer, then head.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.heads.iter().copied()
    }

    pub fn len(&self) -> usize {
        self.heads.len()
    }

    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    pub fn insert(&mut self, head: (usize, usize)) {
        if let Err(place) = self.heads.binary_search(&head) {
            self.heads.insert(place, head);
        }
    }
}

impl fmt::Display for HeadSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (layer, head)) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(formatter, "{space}{layer}.{head}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> HeadSet {
        HeadSet::parse(text, 6, 12).expect("a set of heads")
    }

    #[test]
    fn a_set_is_written_in_order_and_read_back() {
        let set = parsed(" 4.0,3.4\t3.1 3.4\n");
        assert_eq!(set.to_string(), "3.1 3.4 4.0");
        assert_eq!(parsed(&set.to_string()), set);
        assert!(parsed("").is_empty() && HeadSet::default().to_string().is_empty());
        assert_eq!(parsed(&HeadSet::all(6, 12).to_string()).len(), 72);
        assert_eq!(set.iter().collect::<Vec<_>>(), [(3, 1), (3, 4), (4, 0)]);
    }

    #[test]
    fn what_is_not_a_head_is_named() {
        for wrong in ["6.0", "0.12", "3", "3.", ".1", "-1.0", "3.1.2", "a.b", "3:1", "+.+"] {
            assert_eq!(HeadSet::parse(&format!("0.0 {wrong}"), 6, 12), Err(wrong));
        }
    }

    #[test]
    fn heads_layers_and_columns_go_in_and_out() {
        let mut set = HeadSet::default();
        set.toggle(1, 2);
        assert!(set.contains(1, 2) && !set.contains(2, 1));
        // A layer of which some are in is filled first, then emptied.
        set.toggle_all(&HeadSet::of_layer(1, 3));
        assert_eq!(set.to_string(), "1.0 1.1 1.2");
        set.toggle_all(&HeadSet::of_head(2, 2));
        assert_eq!(set.to_string(), "0.2 1.0 1.1 1.2");
        set.toggle_all(&HeadSet::of_layer(1, 3));
        assert_eq!(set.to_string(), "0.2");
        set.toggle(0, 2);
        assert!(set.is_empty());
        let mut set = HeadSet::all(6, 12);
        set.keep_within(2, 3);
        assert_eq!(set, HeadSet::all(2, 3));
    }
}
