//! The colours of everything but weights, on a light and on a dark ground. The page takes its custom
//! properties from here too, so that canvas and style sheet cannot differ.

use super::picture::Ink;

/// Colours by their part, as sRGB.
#[derive(Debug, PartialEq, Eq)]
pub struct Theme {
    pub dark: bool,
    /// Equal to the first colour of the ground's colour map.
    pub paper: [u8; 3],
    /// Ground of fields, chips and buttons.
    pub raised: [u8; 3],
    pub text: [u8; 3],
    pub muted: [u8; 3],
    pub line: [u8; 3],
    /// Edges of what can be used, at least 3 to 1 against the paper.
    pub edge: [u8; 3],
    pub accent: [u8; 3],
    pub warning: [u8; 3],
}

pub const LIGHT: Theme = Theme {
    dark: false,
    paper: [0xf7, 0xfc, 0xfd],
    raised: [0xff, 0xff, 0xff],
    text: [0x1b, 0x1a, 0x2e],
    muted: [0x5a, 0x5b, 0x70],
    line: [0xd6, 0xdc, 0xe4],
    edge: [0x84, 0x88, 0x9c],
    accent: [0xb8, 0x3b, 0x0a],
    warning: [0x9a, 0x28, 0x28],
};

pub const DARK: Theme = Theme {
    dark: true,
    paper: [0x06, 0x05, 0x1b],
    raised: [0x15, 0x13, 0x2c],
    text: [0xf1, 0xef, 0xf7],
    muted: [0xa9, 0xa6, 0xbd],
    line: [0x30, 0x2d, 0x49],
    edge: [0x73, 0x70, 0x8f],
    accent: [0x58, 0xe0, 0xc4],
    warning: [0xff, 0x9d, 0x93],
};

/// The families of all text, on canvases and around them.
pub const FAMILY: &str = "system-ui, -apple-system, \"Segoe UI\", \"Noto Sans\", sans-serif";

impl Theme {
    pub fn for_ground(dark: bool) -> &'static Self {
        if dark { &DARK } else { &LIGHT }
    }

    pub fn color(&self, ink: Ink) -> [u8; 3] {
        match ink {
            Ink::Paper => self.paper,
            Ink::Text => self.text,
            Ink::Muted => self.muted,
            Ink::Line => self.line,
            Ink::Accent => self.accent,
            Ink::Color(color) => color,
        }
    }

    /// Each colour with the name of its custom property.
    pub fn properties(&self) -> [(&'static str, [u8; 3]); 8] {
        [
            ("--paper", self.paper),
            ("--raised", self.raised),
            ("--text", self.text),
            ("--muted", self.muted),
            ("--line", self.line),
            ("--edge", self.edge),
            ("--accent", self.accent),
            ("--warning", self.warning),
        ]
    }
}

/// `#rrggbb`.
pub fn hex(color: [u8; 3]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::from("#");
    for byte in color {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::colormap;
    use super::*;

    #[test]
    fn words_stand_out_from_every_ground() {
        for theme in [&LIGHT, &DARK] {
            for ground in [theme.paper, theme.raised] {
                for word in [theme.text, theme.muted, theme.accent, theme.warning] {
                    assert!(colormap::contrast(word, ground) >= 4.5, "{} on {}", hex(word), hex(ground));
                }
                assert!(
                    colormap::contrast(theme.edge, ground) >= 3.0,
                    "{} on {}",
                    hex(theme.edge),
                    hex(ground)
                );
            }
        }
    }

    #[test]
    fn paper_is_the_color_of_a_weight_of_zero() {
        for theme in [&LIGHT, &DARK] {
            assert_eq!(hex(theme.paper), hex(colormap::for_ground(theme.dark).ramp().zero()));
        }
    }

    #[test]
    fn the_page_around_the_element_has_the_same_paper() {
        let style = include_str!("../../www/index.css");
        let (light, dark) = style.split_once("@media (prefers-color-scheme: dark)").expect("a dark part");
        for (theme, part) in [(&LIGHT, light), (&DARK, dark)] {
            for (name, color) in theme.properties() {
                let said = format!("{name}: {};", hex(color));
                let expected = ["--paper", "--text", "--muted"].contains(&name);
                assert_eq!(part.contains(&said), expected, "{said} in index.css, dark: {}", theme.dark);
            }
        }
    }
}
