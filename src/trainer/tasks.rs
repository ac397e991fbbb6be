//! What can be learnt: the table of tasks. A task draws sources at random and knows, of every source, what should be written and
//! which characters of the source each character written stands for.

use rand::RngExt;
use rand::rngs::StdRng;

/// A task. Sources and targets are ASCII, a byte a character.
#[derive(Debug)]
pub struct Task {
    pub id: &'static str,
    /// Every character that sources and targets are made of.
    pub alphabet: &'static str,
    /// Characters of the longest source.
    pub longest_source: usize,
    /// Characters of the longest target.
    pub longest_target: usize,
    /// A source that is looked at while the model learns. It is never trained on.
    pub example: &'static str,
    draw: fn(&mut StdRng) -> String,
    solve: fn(&str) -> Option<Pair>,
    /// What a source is, for messages.
    what: &'static str,
}

/// A source, what should be written, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub source: String,
    pub target: String,
    /// For each character of the target the places of the source that it stands for: one of them, all alike. None where the
    /// source doesn't say it, such as a hyphen.
    pub right: Vec<Vec<usize>>,
}

/// Letters in a sequence.
const LENGTHS: std::ops::RangeInclusive<u32> = 3..=10;
const LONGEST: usize = 10;
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
const SEQUENCE: &str = "3 to 10 letters from a to z";

/// The first is what a reader sees first.
pub const TASKS: [Task; 4] = [
    Task {
        id: "dates",
        alphabet: " -0123456789ADFJMNOSabceghilmnoprstuvy",
        longest_source: 17,
        longest_target: 10,
        example: "3 May 1979",
        draw: draw_date,
        solve: solve_date,
        what: "a date from 1 January 1900 to 31 December 2099, such as 3 May 1979",
    },
    Task {
        id: "reverse",
        alphabet: LETTERS,
        longest_source: LONGEST,
        longest_target: LONGEST,
        example: "stressed",
        draw: draw_letters,
        solve: |source| arranged(source, |places| places.reverse()),
        what: SEQUENCE,
    },
    Task {
        id: "copy",
        alphabet: LETTERS,
        longest_source: LONGEST,
        longest_target: LONGEST,
        example: "parrot",
        draw: draw_letters,
        solve: |source| arranged(source, |_| ()),
        what: SEQUENCE,
    },
    Task {
        id: "sort",
        alphabet: LETTERS,
        longest_source: LONGEST,
        longest_target: LONGEST,
        example: "learning",
        draw: draw_letters,
        solve: sorted,
        what: SEQUENCE,
    },
];

impl Task {
    /// The task with this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        TASKS.iter().find(|task| task.id == id)
    }

    /// What should be written for `source`. The error says what a source of this task is.
    pub fn solve(&self, source: &str) -> Result<Pair, String> {
        (self.solve)(source).ok_or_else(|| format!("\"{source}\" is not {}", self.what))
    }

    /// Draws a pair to train on: nine in ten of all there are.
    pub fn seen(&self, random: &mut StdRng) -> Pair {
        self.draw(random, |source| !held_out(source) && source != self.example)
    }

    /// Draws one of the others, which are never trained on.
    pub fn unseen(&self, random: &mut StdRng) -> Pair {
        self.draw(random, held_out)
    }

    fn draw(&self, random: &mut StdRng, wanted: impl Fn(&str) -> bool) -> Pair {
        loop {
            let source = (self.draw)(random);
            if wanted(&source)
                && let Some(pair) = (self.solve)(&source)
            {
                return pair;
            }
        }
    }
}

/// Whether a source is one of the tenth that is kept from training, by its hash (FNV-1a), so that no seed changes it.
fn held_out(source: &str) -> bool {
    let hash = source.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32).is_multiple_of(10)
}

fn draw_letters(random: &mut StdRng) -> String {
    let length = random.random_range(LENGTHS);
    (0..length).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect()
}

/// The letters of `source` as `arrange` leaves their places.
fn arranged(source: &str, arrange: impl Fn(&mut Vec<usize>)) -> Option<Pair> {
    let letters = source.as_bytes();
    let fits = u32::try_from(letters.len()).is_ok_and(|length| LENGTHS.contains(&length));
    if !fits || !letters.iter().all(u8::is_ascii_lowercase) {
        return None;
    }
    let mut places: Vec<usize> = (0..letters.len()).collect();
    arrange(&mut places);
    Some(Pair {
        source: source.into(),
        target: places.iter().map(|&place| char::from(letters[place])).collect(),
        right: places.into_iter().map(|place| vec![place]).collect(),
    })
}

/// The letters of `source` by the alphabet. One that stands there twice may be taken from either place.
fn sorted(source: &str) -> Option<Pair> {
    let letters = source.as_bytes();
    let mut pair = arranged(source, |places| places.sort_by_key(|&place| letters[place]))?;
    pair.right = pair
        .target
        .bytes()
        .map(|letter| (0..letters.len()).filter(|&place| letters[place] == letter).collect())
        .collect();
    Some(pair)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2099;

/// Days of a month of the years in [`YEARS`], of which 1900 alone breaks the rule of four.
fn days(month: usize, year: u32) -> u32 {
    match month {
        1 if year.is_multiple_of(4) && year != 1900 => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

fn draw_date(random: &mut StdRng) -> String {
    let year = random.random_range(YEARS);
    let month = random.random_range(0..12_u32) as usize;
    let day = random.random_range(1..=days(month, year));
    format!("{day} {} {year}", MONTHS[month])
}

fn solve_date(source: &str) -> Option<Pair> {
    let [day, name, year] = source.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let month = MONTHS.iter().position(|month| *month == name)?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    let (of_month, of_year): (u32, u32) = (number(day)?, number(year)?);
    // Written as it is drawn: without zeros before.
    if !YEARS.contains(&of_year)
        || !(1..=days(month, of_year)).contains(&of_month)
        || source != format!("{of_month} {name} {of_year}")
    {
        return None;
    }
    let named: Vec<usize> = (day.len() + 1..day.len() + 1 + name.len()).collect();
    let mut right: Vec<Vec<usize>> = (source.len() - 4..source.len()).map(|place| vec![place]).collect();
    right.extend([vec![], named.clone(), named, vec![]]);
    // Of a day below 10 nothing says the zero.
    right.extend((0..2).map(|place| (place + day.len()).checked_sub(2).into_iter().collect::<Vec<_>>()));
    Some(Pair { source: source.into(), target: format!("{of_year}-{:02}-{of_month:02}", month + 1), right })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn solved(id: &str, source: &str) -> Pair {
        Task::find(id).unwrap().solve(source).unwrap()
    }

    #[test]
    fn a_date_is_written_by_iso_8601_and_knows_what_stands_for_what() {
        let pair = solved("dates", "3 May 1979");
        assert_eq!(pair.target, "1979-05-03");
        let looked: Vec<String> = pair
            .right
            .iter()
            .map(|places| places.iter().map(|&place| char::from(pair.source.as_bytes()[place])).collect())
            .collect();
        assert_eq!(looked, ["1", "9", "7", "9", "", "May", "May", "", "", "3"]);
        assert_eq!(solved("dates", "29 February 2000").target, "2000-02-29");
        assert_eq!(solved("dates", "31 December 2099").right[8..], [vec![0], vec![1]]);
    }

    #[test]
    fn what_is_no_source_is_refused_by_name() {
        let refused = [
            ("dates", "29 February 1900"),
            ("dates", "31 April 1999"),
            ("dates", "03 May 1979"),
            ("dates", "3 Mai 1979"),
            ("dates", "3 May 2100"),
            ("dates", "3 May +979"),
            ("dates", ""),
            ("copy", "ab"),
            ("copy", "abcdefghijk"),
            ("copy", "né"),
            ("sort", "ABC"),
        ];
        for (id, source) in refused {
            let error = Task::find(id).unwrap().solve(source).unwrap_err();
            assert!(error.contains(source) && error.contains("is not"), "{id} {source}: {error}");
        }
    }

    #[test]
    fn letters_are_arranged() {
        let reversed = solved("reverse", "stressed");
        assert_eq!(reversed.target, "desserts");
        assert_eq!(reversed.right[0], [7]);
        assert_eq!(solved("copy", "parrot").right[3], [3]);
        let sorted = solved("sort", "learning");
        assert_eq!(sorted.target, "aegilnnr");
        // Either n will do.
        assert_eq!(sorted.right[5..7], [vec![4, 6], vec![4, 6]]);
    }

    #[test]
    fn what_is_drawn_fits_and_is_either_seen_or_unseen() {
        for task in &TASKS {
            let random = &mut StdRng::seed_from_u64(5);
            let mut longest = (0, 0);
            for _ in 0..2000 {
                let (seen, unseen) = (task.seen(random), task.unseen(random));
                assert!(!held_out(&seen.source) && held_out(&unseen.source), "{seen:?} {unseen:?}");
                for pair in [seen, unseen] {
                    let used = pair.source.chars().chain(pair.target.chars());
                    assert!(used.clone().all(|char| task.alphabet.contains(char)), "{}: {pair:?}", task.id);
                    assert_eq!(pair.right.len(), pair.target.len());
                    longest = (longest.0.max(pair.source.len()), longest.1.max(pair.target.len()));
                }
            }
            assert_eq!(longest, (task.longest_source, task.longest_target), "{}", task.id);
            task.solve(task.example).unwrap();
        }
    }
}
