//! The page's whole program, in the browser's main thread.

attention_map::page_program!(
    attention_map::page::parts::APP,
    [
        "../page/style/base.css",
        "../page/style/text.css",
        "../page/style/maps.css",
        "../page/style/explorer.css",
        "../page/style/sizes.css"
    ]
);

fn main() {}
