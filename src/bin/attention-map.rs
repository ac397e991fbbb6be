//! The command line: text in, maps out. `src/cli.rs` has all of it.

fn main() -> std::process::ExitCode {
    attention_map::cli::main()
}
