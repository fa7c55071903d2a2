//! A stranger's bytes: seeded mutations of good and bad inputs, for parsers that must never stop the program.
//!
//! The same corpora feed the coverage-guided fuzzers in `fuzz/`; this is what every run of the tests can afford. With
//! `PLAYABLE_FUZZ=N` a run takes N times as many cases.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use math::random::Mt19937;

/// A mutant longer than this is cut: the parsers have limits of their own, and short inputs find more a second.
const MAX_BYTES: usize = 16_384;
/// At most so many changes make a mutant.
const MAX_CHANGES: usize = 6;
/// What sits at the edges of formats: signs, ends of lengths, a varint that goes on for ever.
const EDGES: [u8; 8] = [0x00, 0x01, 0x7f, 0x80, 0xff, b'%', b'"', b'-'];

/// Gives `cases` mutants of `corpus` to `parse`, and before them the corpus itself. `words` are the format's own.
///
/// # Panics
/// When `parse` does, with the input that it panicked over; when there is no corpus.
pub fn attack(seed: u32, corpus: &[Vec<u8>], words: &[&[u8]], cases: usize, parse: impl Fn(&[u8])) {
    assert!(!corpus.is_empty(), "there is no corpus");
    let mut mutator = Mutator { random: Mt19937::new(seed), corpus, words };
    let mutants = std::iter::repeat_with(|| mutator.mutant()).take(cases * factor());
    for (case, input) in corpus.iter().cloned().chain(mutants).enumerate() {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| parse(&input))) {
            eprintln!("case {case} of seed {seed}: {}", input.escape_ascii());
            resume_unwind(panic);
        }
    }
}

/// How many times as many cases are wanted.
fn factor() -> usize {
    std::env::var("PLAYABLE_FUZZ").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1)
}

struct Mutator<'a> {
    random: Mt19937,
    corpus: &'a [Vec<u8>],
    words: &'a [&'a [u8]],
}

impl Mutator<'_> {
    fn mutant(&mut self) -> Vec<u8> {
        let mut bytes = self.parent();
        for _ in 0..=self.below(MAX_CHANGES) {
            self.change(&mut bytes);
        }
        bytes.truncate(MAX_BYTES);
        bytes
    }

    fn parent(&mut self) -> Vec<u8> {
        let index = self.below(self.corpus.len());
        self.corpus[index].clone()
    }

    /// A whole number below `bound`; 0 where there is none.
    fn below(&mut self, bound: usize) -> usize {
        self.random.next_u32() as usize % bound.max(1)
    }

    /// Somewhere in the input and not more than a few dozen bytes on.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let end = (start + self.below(32)).min(length);
        start..end
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let range = self.range(bytes.len());
        match self.below(8) {
            0 => self.flip(bytes),
            1 => self.set(bytes),
            2 => drop(bytes.drain(range)),
            3 => self.repeat(bytes, range),
            4 => self.insert_word(bytes, range.start),
            5 => self.splice(bytes, range.start),
            6 => bytes.truncate(range.start),
            _ => bytes[range].reverse(),
        }
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        let (at, bit) = (self.below(bytes.len()), self.below(8));
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }

    fn set(&mut self, bytes: &mut [u8]) {
        let (at, edge) = (self.below(bytes.len()), self.below(EDGES.len()));
        if let Some(byte) = bytes.get_mut(at) {
            *byte = EDGES[edge];
        }
    }

    /// A stretch, up to sixteen times over: nesting and lists.
    fn repeat(&mut self, bytes: &mut Vec<u8>, range: std::ops::Range<usize>) {
        let stretch = bytes[range.clone()].repeat(1 + self.below(16));
        bytes.splice(range.end..range.end, stretch);
    }

    fn insert_word(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let index = self.below(self.words.len());
        if let Some(word) = self.words.get(index) {
            bytes.splice(at..at, word.iter().copied());
        }
    }

    /// The head of one input and the tail of another.
    fn splice(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let other = self.parent();
        let from = self.below(other.len() + 1);
        bytes.truncate(at);
        bytes.extend_from_slice(&other[from..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn mutants(seed: u32) -> Vec<Vec<u8>> {
        let seen = RefCell::new(Vec::new());
        let corpus = [b"seed=3&noise=0.2".to_vec(), b"start=1,0".to_vec()];
        attack(seed, &corpus, &[b"=", b"%00"], 500, |input| seen.borrow_mut().push(input.to_vec()));
        seen.into_inner()
    }

    #[test]
    fn a_seed_gives_the_same_mutants_and_another_seed_others() {
        assert_eq!(mutants(1), mutants(1));
        assert_ne!(mutants(1), mutants(2));
    }

    #[test]
    fn mutants_differ_from_their_corpus_and_from_each_other() {
        let seen: std::collections::BTreeSet<_> = mutants(1).into_iter().collect();
        assert!(seen.len() > 300, "{}", seen.len());
    }

    #[test]
    fn a_panic_is_not_swallowed() {
        let outcome = catch_unwind(|| attack(1, &[b"x".to_vec()], &[], 50, |input| assert!(input.len() < 3)));
        assert!(outcome.is_err());
    }
}
