//! Elementary functions of f64 with the same result on every platform.
//!
//! The standard library's `sin`, `exp` and the like call the platform's own mathematics, so the last bit differs between
//! a native build and WebAssembly. These call the `libm` crate (a port of musl's) everywhere, so that the same seed and
//! events give the same scene, bit for bit. Square root is exact by IEEE 754 and stays the machine's instruction.

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident = $libm:ident;)*) => {
        $($(#[$doc])* #[inline] pub fn $name(x: f64) -> f64 { libm::$libm(x) })*
    };
}

unary! {
    /// Sine of an angle in radians.
    sin = sin;
    /// Cosine of an angle in radians.
    cos = cos;
    /// Tangent of an angle in radians.
    tan = tan;
    /// Arc sine, in radians, in [-pi/2, pi/2]; NaN outside [-1, 1].
    asin = asin;
    /// Arc cosine, in radians, in [0, pi]; NaN outside [-1, 1].
    acos = acos;
    /// Arc tangent, in radians, in (-pi/2, pi/2).
    atan = atan;
    /// Hyperbolic sine.
    sinh = sinh;
    /// Hyperbolic cosine.
    cosh = cosh;
    /// Hyperbolic tangent.
    tanh = tanh;
    /// e to the power x.
    exp = exp;
    /// e to the power x, minus 1, accurate near 0.
    exp_m1 = expm1;
    /// Natural logarithm; NaN for negative x.
    ln = log;
    /// Natural logarithm of 1 + x, accurate near 0.
    ln_1p = log1p;
    /// Logarithm to base 10.
    log10 = log10;
    /// Logarithm to base 2.
    log2 = log2;
    /// Cube root.
    cbrt = cbrt;
    /// The error function.
    erf = erf;
}

/// Square root; NaN for negative x.
#[inline]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// Sine and cosine of an angle in radians.
#[inline]
pub fn sin_cos(x: f64) -> (f64, f64) {
    libm::sincos(x)
}

/// The angle of the point (x, y) in radians, in (-pi, pi]. The arguments come as (y, x), as everywhere.
#[inline]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// `sqrt(x^2 + y^2)` without overflow.
#[inline]
pub fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// `base` to a real power.
#[inline]
pub fn powf(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// `base` to a whole power.
#[inline]
pub fn powi(base: f64, exponent: i32) -> f64 {
    libm::pow(base, f64::from(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let pi = std::f64::consts::PI;
        let cases = [
            (sin(pi / 6.0), 0.5),
            (cos(pi / 3.0), 0.5),
            (tan(pi / 4.0), 1.0),
            (atan2(-1.0, -1.0), -3.0 * pi / 4.0),
            (ln(exp(1.25)), 1.25),
            (hypot(3.0, 4.0), 5.0),
            (powf(2.0, -0.5), 1.0 / sqrt(2.0)),
            (powi(-3.0, 3), -27.0),
            (tanh(0.5), (exp(1.0) - 1.0) / (exp(1.0) + 1.0)),
            (sin_cos(0.3).0, sin(0.3)),
        ];
        for (value, expected) in cases {
            assert!((value - expected).abs() <= 4.0 * f64::EPSILON * expected.abs(), "{value} against {expected}");
        }
    }

    #[test]
    fn same_bits_everywhere() {
        // The bits of musl's results; a platform's own functions may differ from them in the last place.
        let bits = [sin(1.0e6), exp(-3.7), ln(0.1), tanh(0.7)].map(f64::to_bits);
        assert_eq!(bits, [0xbfd6664b2568d867, 0x3f99511fc6871044, 0xc0026bb1bbb55515, 0x3fe356fb17af2e90]);
    }
}
