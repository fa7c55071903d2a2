//! Which vector unit the processor has. Sums are cut the same way for all of them, so the bits do not depend on it.

/// A vector unit for which kernels have a twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// 512 bits, and 256.
    Avx512,
    /// 256 bits.
    Avx2,
    /// What every processor of the architecture has.
    Plain,
}

/// The widest of this processor.
pub(super) fn widest() -> Unit {
    if std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx2") {
        Unit::Avx512
    } else if std::is_x86_feature_detected!("avx2") {
        Unit::Avx2
    } else {
        Unit::Plain
    }
}
