//! painters
