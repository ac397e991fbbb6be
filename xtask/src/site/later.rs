//! Which functions of the page's program a browser gets later: what nobody needs before the first map of a text that was typed.
//!
//! Errors are told by what comes first: without a network there may be nothing else.

/// How their names begin. What only they call comes with them, so these are what the table and JavaScript call: painters, and what
/// answers the reader. Not what paints the first map, nor what takes in a text.
const BEGINNINGS: [&str; 46] = [
    // The other views.
    "attention_map::view::neuron::",
    "attention_map::view::text::",
    "attention_map::view::lines::",
    "attention_map::view::layers::",
    "attention_map::page::table::",
    "yew::html::component::lifecycle::CompStateInner<attention_map::page::table::Table>",
    // Other lenses, filters and measurements.
    "attention_map::lens::norm::",
    "attention_map::lens::rollout::",
    "attention_map::lens::received::",
    "attention_map::lens::value_zeroing::",
    "attention_map::lens::mean::",
    "attention_map::filter::plan::Plan>::apply::{closure",
    "attention_map::page::client::Client as attention_map::page::client::Runs>::compute",
    "attention_map::page::client::Client as attention_map::page::client::Runs>::profile",
    "attention_map::page::client::Client as attention_map::page::client::Runs>::ask",
    "attention_map::page::kernels::",
    // A finger, the pointer or a key on a map.
    "attention_map::page::pointer::use_pointer::inner_fn::{closure",
    "attention_map::page::keys::",
    "attention_map::page::zoom::use_zoom::inner_fn::{closure#1}::{closure",
    "attention_map::page::tokens::Tokens as yew::functional::FunctionProvider>::run::inner::{closure",
    "attention_map::view::matrix::MatrixLayout as attention_map::view::Layout>::at",
    "attention_map::view::matrix::MatrixLayout as attention_map::view::Layout>::moved",
    // What was stored, and what is to be.
    "attention_map::stored::",
    "attention_map::page::take_away::take_away::{closure#1}::{closure#0}",
    "attention_map::page::export::",
    "attention_map::page::desk::trace_of",
    "app_open",
    "app_svg",
    "app_png",
    // Panics, and what the program has no use for.
    "core::panicking::",
    "core::cell::panic_already",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
    "core::slice::index::slice_",
    "core::str::slice_error_fail",
    "std::panicking::",
    "alloc::raw_vec::handle_error",
    "console_error_panic_hook::",
    "core::fmt::builders::",
    "core::fmt::Formatter>::debug_",
    "char>::escape_debug",
    "yew::dom_bundle::braw::",
    "yew::virtual_dom::vraw::",
    "yew::virtual_dom::vsuspense::",
    "yew::virtual_dom::vportal::",
];

/// Whether a function of this name, in Rust's v0 mangling, comes later.
pub fn is_later(name: &str) -> bool {
    let plain = without_hashes(name);
    let path = plain.trim_start_matches(['<', '&']);
    BEGINNINGS.iter().any(|beginning| path.starts_with(beginning))
        || path.ends_with(" as core::fmt::Debug>::fmt")
}

/// A name without the hashes that tell versions of crates apart.
fn without_hashes(name: &str) -> String {
    let mut pieces = name.split('[');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(']') {
            Some((hash, rest)) if hash.len() >= 8 && hash.chars().all(|digit| digit.is_ascii_hexdigit()) => {
                plain += rest
            }
            _ => plain.extend(["[", piece]),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_known_by_its_path_in_whichever_build() {
        assert!(is_later("attention_map[625931ffbb7ab50d]::view::lines::lay_out"));
        assert!(is_later(
            "<attention_map[00000000000000aa]::view::lines::LinesLayout as attention_map[00000000000000aa]::view::Layout>::paint"
        ));
        // Of other functions it is only a part.
        assert!(!is_later(
            "core[00000000000000aa]::ptr::drop_glue::<attention_map[00000000000000aa]::view::lines::LinesLayout>"
        ));
        assert!(!is_later("attention_map[00000000000000aa]::view::matrix::paint"));
    }
}
