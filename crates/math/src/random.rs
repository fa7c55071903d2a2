//! Random numbers as numpy's legacy `RandomState` draws them, so that data sets equal the authors' draw for draw.
//!
//! The generator is MT19937 (Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8, 1998); the way from its 32-bit
//! words to reals, Gaussians, integers and shuffles is the one that numpy keeps frozen for `numpy.random.seed`.

use crate::ops::{ln, sqrt};

const WORDS: usize = 624;
const SHIFT: usize = 397;

/// numpy's `RandomState`: the same seed and the same calls give the same numbers.
///
/// ```
/// let mut random = math::random::Mt19937::new(0);
/// assert_eq!(random.rand(), 0.5488135039273248); // numpy.random.seed(0); numpy.random.rand()
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mt19937 {
    words: [u32; WORDS],
    next: usize,
    spare_gaussian: Option<f64>,
}

impl Mt19937 {
    /// The state after `numpy.random.seed(seed)` with a whole number.
    pub fn new(seed: u32) -> Self {
        let mut words = [0; WORDS];
        words[0] = seed;
        for index in 1..WORDS {
            words[index] = scramble(words[index - 1], 1812433253).wrapping_add(index as u32);
        }
        Self { words, next: WORDS, spare_gaussian: None }
    }

    /// The state after `numpy.random.seed(key)` with a list of whole numbers. An empty key seeds like the list `[0]`.
    pub fn from_key(key: &[u32]) -> Self {
        let key = if key.is_empty() { &[0] } else { key };
        let mut state = Self::new(19650218);
        let words = &mut state.words;
        let mut at = 1;
        for turn in 0..WORDS.max(key.len()) {
            let part = turn % key.len();
            words[at] =
                (words[at] ^ scramble(words[at - 1], 1664525)).wrapping_add(key[part]).wrapping_add(part as u32);
            at = advance(words, at);
        }
        for _ in 1..WORDS {
            words[at] = (words[at] ^ scramble(words[at - 1], 1566083941)).wrapping_sub(at as u32);
            at = advance(words, at);
        }
        words[0] = 0x8000_0000;
        state
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// The next 64 random bits, the high word drawn first.
    pub fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        high << 32 | u64::from(self.next_u32())
    }

    /// Uniform in [0, 1) with 53 bits: `numpy.random.rand()` and `random_sample()`.
    pub fn rand(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// Standard Gaussian by the polar method: `numpy.random.randn()`. Numbers are made in pairs and the second is kept
    /// for the next call.
    pub fn randn(&mut self) -> f64 {
        if let Some(spare) = self.spare_gaussian.take() {
            return spare;
        }
        loop {
            let first = 2.0 * self.rand() - 1.0;
            let second = 2.0 * self.rand() - 1.0;
            let squared = first * first + second * second;
            if squared < 1.0 && squared > 0.0 {
                let factor = sqrt(-2.0 * ln(squared) / squared);
                self.spare_gaussian = Some(factor * first);
                return factor * second;
            }
        }
    }

    /// `count` of them: `numpy.random.rand(count)`.
    pub fn rand_vec(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.rand()).collect()
    }

    /// `count` standard Gaussians: `numpy.random.randn(count)`.
    pub fn randn_vec(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.randn()).collect()
    }

    /// Uniform in [low, high): `numpy.random.uniform`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.rand()
    }

    /// Gaussian: `numpy.random.normal(mean, deviation)`.
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        mean + deviation * self.randn()
    }

    /// Whole number in [low, high): `numpy.random.randint(low, high)` with its default 64-bit type. An empty range
    /// gives `low` without a draw, as a range of one value does.
    pub fn randint(&mut self, low: i64, high: i64) -> i64 {
        let largest = if high > low { high.abs_diff(low) - 1 } else { 0 };
        low.wrapping_add(self.interval(largest) as i64)
    }

    /// Shuffles in place: `numpy.random.shuffle` of a one-dimensional array.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.interval(last as u64) as usize;
            values.swap(last, other);
        }
    }

    /// The numbers 0..n in random order: `numpy.random.permutation(n)`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        self.shuffle(&mut order);
        order
    }

    /// `size` of the numbers 0..n with replacement: `numpy.random.choice(n, size)`.
    pub fn choice(&mut self, n: usize, size: usize) -> Vec<usize> {
        (0..size).map(|_| self.randint(0, n as i64) as usize).collect()
    }

    /// `size` distinct numbers of 0..n, all n of them if `size` is larger: `numpy.random.choice(n, size, replace=False)`.
    pub fn choice_without_replacement(&mut self, n: usize, size: usize) -> Vec<usize> {
        let mut order = self.permutation(n);
        order.truncate(size);
        order
    }

    /// Whole number in [0, largest] by masked rejection: as many bits as `largest` has, drawn again until they fit.
    fn interval(&mut self, largest: u64) -> u64 {
        if largest == 0 {
            return 0;
        }
        let mask = u64::MAX >> largest.leading_zeros();
        loop {
            let bits = if mask >> 32 == 0 { u64::from(self.next_u32()) } else { self.next_u64() };
            if bits & mask <= largest {
                return bits & mask;
            }
        }
    }

    fn twist(&mut self) {
        for index in 0..WORDS {
            let joined = self.words[index] & 0x8000_0000 | self.words[(index + 1) % WORDS] & 0x7fff_ffff;
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[index] = self.words[(index + SHIFT) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }
}

fn scramble(word: u32, factor: u32) -> u32 {
    (word ^ (word >> 30)).wrapping_mul(factor)
}

/// Steps the filling position through 1..624; at the end the last word becomes the one before the first.
fn advance(words: &mut [u32; WORDS], at: usize) -> usize {
    if at + 1 == WORDS {
        words[0] = words[WORDS - 1];
        return 1;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, values: &[f64], expected: &[f64]) {
        assert_eq!(values.len(), expected.len(), "{name}");
        for (value, wanted) in values.iter().zip(expected) {
            assert!((value - wanted).abs() <= 1e-15 * wanted.abs(), "{name}: {value} against numpy's {wanted}");
        }
    }

    #[test]
    fn reals_and_gaussians_are_numpys() {
        // numpy 2.4: numpy.random.seed(s); rand(3), randn(4), rand(1), randn(1)
        let cases = [
            (0, [0.5488135039273248, 0.7151893663724195, 0.6027633760716439], [-2.268328201180374, 1.3335453816218967]),
            (
                42,
                [0.3745401188473625, 0.9507143064099162, 0.7319939418114051],
                [-1.1118801180469204, 0.31890218468938336],
            ),
            (
                u32::MAX,
                [0.0976320289940138, 0.9123828453026218, 0.78903530185164],
                [0.0813036681172692, 0.4096851233481656],
            ),
        ];
        for (seed, uniform, gaussian) in cases {
            let mut random = Mt19937::new(seed);
            check("rand", &random.rand_vec(3), &uniform);
            check("randn", &random.randn_vec(2), &gaussian);
        }
    }

    #[test]
    fn second_gaussian_waits_through_other_draws() {
        let mut random = Mt19937::new(0);
        drop(random.rand_vec(3));
        drop(random.randn_vec(3));
        check("randn", &[random.randn()], &[1.9699244478698945]);
        check("rand", &[random.rand()], &[0.8917730007820798]);
        check("randn", &[random.randn()], &[-0.10321885179355784]);
    }

    #[test]
    fn words_are_twisted_again_after_624() {
        // numpy.random.seed(5); numpy.random.rand(2000)[-2:]
        let mut random = Mt19937::new(5);
        drop(random.rand_vec(1998));
        check("rand", &[random.rand(), random.rand()], &[0.5262100893997973, 0.4034382345499419]);
    }

    #[test]
    fn lists_seed_too() {
        // numpy.random.seed([0x12345678, 7, 99]); rand(3); numpy.random.seed(list(range(1000))); rand(2)
        let mut random = Mt19937::from_key(&[0x12345678, 7, 99]);
        check("key", &random.rand_vec(3), &[0.8675708261087532, 0.22960326167250988, 0.835059436136946]);
        assert_eq!(random.randint(0, (1 << 31) - 1), 1260667835);
        let mut random = Mt19937::from_key(&(0..1000).collect::<Vec<_>>());
        check("long key", &[random.rand(), random.rand()], &[0.9343370187421804, 0.2819233460158205]);
    }

    #[test]
    fn whole_numbers_are_numpys() {
        // numpy.random.seed(1); randint(-3, 10) x8; randint(0, 2**40, 3); randint(7, 8); randint(0, 2**32, 2); randint(-2**63, 2**63-1)
        let mut random = Mt19937::new(1);
        assert_eq!([(); 8].map(|()| random.randint(-3, 10)), [2, 8, 9, 5, 6, 8, 2, -3]);
        assert_eq!([(); 3].map(|()| random.randint(0, 1 << 40)), [620178591873, 877839392327, 1020783786492]);
        assert_eq!(random.randint(7, 8), 7);
        assert_eq!([(); 2].map(|()| random.randint(0, 1 << 32)), [1704103302, 4018109721]);
        assert_eq!(random.randint(i64::MIN, i64::MAX), 716042322565387540);
        assert_eq!(random.randint(4, 4), 4);
    }

    #[test]
    fn orders_and_choices_are_numpys() {
        // numpy.random.seed(2); permutation(10); choice(20, 6); choice(20, 6, replace=False); shuffle(arange(5));
        // uniform(-2, 5); normal(3, .5)
        let mut random = Mt19937::new(2);
        assert_eq!(random.permutation(10), [4, 1, 5, 0, 7, 2, 3, 6, 9, 8]);
        assert_eq!(random.choice(20, 6), [11, 15, 5, 7, 3, 6]);
        assert_eq!(random.choice_without_replacement(20, 6), [9, 0, 2, 12, 13, 17]);
        let mut values = [0, 1, 2, 3, 4];
        random.shuffle(&mut values);
        assert_eq!(values, [1, 3, 0, 2, 4]);
        check("uniform", &[random.uniform(-2.0, 5.0)], &[-0.4471538309110721]);
        check("normal", &[random.normal(3.0, 0.5)], &[3.2124347675702634]);
    }
}
