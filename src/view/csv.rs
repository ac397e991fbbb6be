//! A map as a table that spreadsheets and statistics programs read (RFC 4180).
//!
//! One line a cell below a line of names, so that a filter or a pivot table makes of it what is wanted. There are no
//! comments, which few programs pass over: the caption is in the file's name, and what a number is names its column.
//! Lines end as RFC 4180 says, text is UTF-8.

/// A row or column of a map.
pub struct Entry<'a> {
    /// Its place in the text, from 0, which filters do not change.
    pub index: usize,
    pub text: &'a str,
}

/// The columns `query`, `query text`, `key`, `key text`, and one called after `quantity`, row by row of `weights`,
/// (queries, keys). `decimal` writes a number so that the same `f32` is read from it.
///
/// Text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, their full-width forms or a
/// control character) gets an apostrophe in front, which spreadsheets take for "this is text".
pub fn csv(
    weights: &[f32],
    queries: &[Entry],
    keys: &[Entry],
    quantity: &str,
    decimal: &dyn Fn(f32) -> String,
) -> String {
    let mut table = String::from("query,query text,key,key text,");
    table.push_str(&quoted(quantity));
    table.push_str("\r\n");
    let keys: Vec<String> = keys.iter().map(cell).collect();
    for (query, row) in queries.iter().zip(weights.chunks(keys.len().max(1))) {
        let query = cell(query);
        for (key, &weight) in keys.iter().zip(row) {
            for part in [&query, ",", key, ",", &decimal(weight), "\r\n"] {
                table.push_str(part);
            }
        }
    }
    table
}

/// The two columns of an entry.
fn cell(entry: &Entry) -> String {
    entry.index.to_string() + "," + &quoted(entry.text)
}

fn quoted(text: &str) -> String {
    let is_formula =
        |first: char| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\0'..='\x1f');
    let guard = if text.starts_with(is_formula) { "'" } else { "" };
    let text = guard.to_owned() + text;
    let is_plain = |character| !matches!(character, '"' | ',' | ' ' | '\0'..='\x1f');
    if text.chars().all(is_plain) { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries<'a>(texts: &[&'a str]) -> Vec<Entry<'a>> {
        // The first is hidden by a filter.
        texts.iter().enumerate().map(|(index, text)| Entry { index: index + 1, text }).collect()
    }

    /// RFC 4180 by its grammar.
    fn parse(table: &str) -> Vec<Vec<String>> {
        let (mut records, mut record, mut field, mut inside) = (vec![], vec![], String::new(), false);
        let mut rest = table.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '"' if inside && rest.peek() == Some(&'"') => field.extend(rest.next()),
                '"' => inside = !inside,
                ',' if !inside => record.push(std::mem::take(&mut field)),
                '\r' if !inside => {
                    assert_eq!(rest.next(), Some('\n'));
                    record.push(std::mem::take(&mut field));
                    records.push(std::mem::take(&mut record));
                }
                _ => field.push(character),
            }
        }
        assert!(!inside && field.is_empty() && record.is_empty(), "an unfinished record");
        records
    }

    #[test]
    fn every_cell_is_a_line_with_the_same_number_in_it() {
        let weights = [0.1, 1.0 / 3.0, 1e-12, 1.0, -0.25, 0.0];
        let (queries, keys) = (entries(&["the", "dog"]), entries(&["a,b", "say \"no\"", "中文\n🎉"]));
        let table = csv(&weights, &queries, &keys, "weight", &|number| number.to_string());
        let records = parse(&table);
        assert_eq!(records[0], ["query", "query text", "key", "key text", "weight"]);
        assert_eq!(records.len(), 7);
        assert_eq!(records[1][..4], ["1", "the", "1", "a,b"]);
        assert_eq!(records[5][..4], ["2", "dog", "2", "say \"no\""]);
        assert_eq!(records[6][3], "中文\n🎉");
        for (record, weight) in records[1..].iter().zip(weights) {
            assert_eq!(record[4].parse::<f32>(), Ok(weight));
        }
    }

    #[test]
    fn no_text_is_a_formula_and_numbers_stay_numbers() {
        let texts = ["=1+1", "+1", "-", "@SUM(A1)", "＝1", "\t=1", "a=b"];
        let table =
            csv(&[-0.5; 7], &entries(&["x"]), &entries(&texts), "weight", &|number| number.to_string());
        let records = parse(&table);
        for (record, text) in records[1..].iter().zip(texts) {
            let expected = if text == "a=b" { text.to_owned() } else { format!("'{text}") };
            assert_eq!((record[3].as_str(), record[4].as_str()), (expected.as_str(), "-0.5"));
        }
    }

    #[test]
    fn a_map_of_nothing_is_a_line_of_names() {
        let table = csv(&[], &[], &[], "norm, scaled", &|number| number.to_string());
        assert_eq!(table, "query,query text,key,key text,\"norm, scaled\"\r\n");
    }
}
