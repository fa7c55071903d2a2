//! The recorded human: one of the authors, who labelled 400 rows of the test set.
//!
//! `human.txt` holds the answers, a line for each quiz, after the place of its first row in the test set. They are those of
//! greydanus/mnist1d, commit 7878d96, `static/human_q1`, q3, q4 and q5 (Apache-2.0); q2 repeats q1.

const RECORD: &str = include_str!("human.txt");

/// Place in the test set and answer, row after row.
pub(super) fn answers() -> impl Iterator<Item = (usize, u8)> {
    RECORD.lines().filter_map(|line| line.split_once(' ')).flat_map(|(first, digits)| {
        let first: usize = first.parse().unwrap_or_default();
        digits.bytes().enumerate().map(move |(index, digit)| (first + index, digit.wrapping_sub(b'0')))
    })
}

/// The answer for a row of the test set, where there is one.
pub(super) fn answer(row: usize) -> Option<u8> {
    answers().find(|(place, _)| *place == row).map(|(_, answer)| answer)
}

/// How many answers are right, and how many there are.
pub(super) fn right(labels: &[u8]) -> [usize; 2] {
    let right = answers().filter(|(row, answer)| labels.get(*row) == Some(answer)).count();
    [right, answers().count()]
}

#[cfg(test)]
mod tests {
    use super::super::super::published;
    use super::*;
    use crate::data::CLASSES;

    #[test]
    fn the_record_is_the_papers() {
        let rows = published::rows(false).unwrap();
        let labels = &rows[1].y;
        // 96, 96, 97 and 94 of a hundred; the paper's mean of five counts the first twice.
        assert_eq!(right(labels), [383, 400]);
        let mut errors = [0; CLASSES];
        for (row, _) in answers().filter(|(row, answer)| labels[*row] != *answer) {
            errors[usize::from(labels[row])] += 1;
        }
        // As the paper's own files have them, class by class: 17 in all.
        assert_eq!(errors, [2, 2, 4, 0, 3, 0, 0, 3, 0, 3]);
        assert!(answers().all(|(_, answer)| usize::from(answer) < CLASSES));
        assert_eq!((answer(0), answer(200), answer(100)), (Some(2), Some(8), None));
    }
}
