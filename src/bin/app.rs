//! The page's whole program, in the browser's main thread.

attention_map::page_program!(attention_map::page::parts::APP);

fn main() {}
