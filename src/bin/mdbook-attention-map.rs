//! `mdbook-attention-map`: the mdBook preprocessor, as `mdbook build` calls it.

fn main() -> std::process::ExitCode {
    attention_map::mdbook::program::main()
}
