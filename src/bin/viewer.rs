//! The small program that paints what was stored. "Run live" has `www/attention-map.js` put the app in its place.

attention_map::page_program!(attention_map::page::parts::VIEWER);

fn main() {}
