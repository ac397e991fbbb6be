//! The small program that paints what was stored. "Run live" has `www/attention-map.js` put the app in its place.

attention_map::page_program!(
    attention_map::page::parts::VIEWER,
    [
        "../page/style/base.css",
        "../page/style/text.css",
        "../page/style/maps.css",
        "../page/style/explorer.css",
        "../page/style/sizes.css"
    ]
);

fn main() {}
