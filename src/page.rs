//! yew
