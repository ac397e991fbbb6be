//! What people see of long steps: the library's, since its command line has them, too.

pub use attention_map::store::progress::{Progress, bytes, duration, say};
