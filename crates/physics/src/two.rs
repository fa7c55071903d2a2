//! Two numbers side by side: one vector register in WebAssembly, an array elsewhere.
//!
//! The compiler makes vector instructions of loops only where it builds for speed, and a page is built for size.

use std::ops::{Add, AddAssign, Div, Mul, Sub, SubAssign};

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use std::arch::wasm32::{
    f64x2, f64x2_add, f64x2_div, f64x2_extract_lane, f64x2_lt, f64x2_mul, f64x2_splat, f64x2_sqrt, f64x2_sub, v128,
    v128_bitselect,
};

/// Two numbers, on which every operation works at once.
#[derive(Clone, Copy, Debug)]
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) struct Two(v128);

/// Two numbers, on which every operation works at once.
#[derive(Clone, Copy, Debug)]
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) struct Two([f64; 2]);

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Two {
    #[inline]
    pub(crate) fn new([first, second]: [f64; 2]) -> Self {
        Self(f64x2(first, second))
    }

    /// The same number twice.
    #[inline]
    pub(crate) fn both(number: f64) -> Self {
        Self(f64x2_splat(number))
    }

    #[inline]
    pub(crate) fn numbers(self) -> [f64; 2] {
        [f64x2_extract_lane::<0>(self.0), f64x2_extract_lane::<1>(self.0)]
    }

    #[inline]
    pub(crate) fn sqrt(self) -> Self {
        Self(f64x2_sqrt(self.0))
    }

    /// `yes` where these numbers are below `limit`, else `no`.
    #[inline]
    pub(crate) fn below(self, limit: Self, yes: Self, no: Self) -> Self {
        Self(v128_bitselect(yes.0, no.0, f64x2_lt(self.0, limit.0)))
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
impl Two {
    #[inline]
    pub(crate) fn new(numbers: [f64; 2]) -> Self {
        Self(numbers)
    }

    /// The same number twice.
    #[inline]
    pub(crate) fn both(number: f64) -> Self {
        Self([number; 2])
    }

    #[inline]
    pub(crate) fn numbers(self) -> [f64; 2] {
        self.0
    }

    #[inline]
    pub(crate) fn sqrt(self) -> Self {
        Self(self.0.map(math::ops::sqrt))
    }

    /// `yes` where these numbers are below `limit`, else `no`.
    #[inline]
    pub(crate) fn below(self, limit: Self, yes: Self, no: Self) -> Self {
        Self(std::array::from_fn(|i| if self.0[i] < limit.0[i] { yes.0[i] } else { no.0[i] }))
    }
}

macro_rules! operators {
    ($($operator:ident::$method:ident: $vector:ident, $scalar:tt);+ $(;)?) => {
        $(impl $operator for Two {
            type Output = Self;

            #[inline]
            fn $method(self, other: Self) -> Self {
                #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
                return Self($vector(self.0, other.0));
                #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
                return Self([self.0[0] $scalar other.0[0], self.0[1] $scalar other.0[1]]);
            }
        })+
    };
}

operators! {
    Add::add: f64x2_add, +;
    Sub::sub: f64x2_sub, -;
    Mul::mul: f64x2_mul, *;
    Div::div: f64x2_div, /;
}

impl AddAssign for Two {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Two {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
