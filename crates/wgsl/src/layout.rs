//! Where the numbers of a flat vector of parameters lie in a padded buffer.

/// Made part by part, in the order of the flat vector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The place of each number.
    places: Vec<usize>,
    /// Numbers of the buffer.
    length: usize,
}

impl Layout {
    /// Adds a matrix whose element (row, column) is the next number of the vector, row after row, and gives where it begins, in
    /// units of four numbers. Both sides are padded to multiples of four.
    pub fn matrix(&mut self, rows: usize, columns: usize) -> usize {
        let width = columns.next_multiple_of(4);
        self.part(rows.next_multiple_of(4) * width, rows * columns, |index| index / columns * width + index % columns)
    }

    /// As [`Self::matrix`], but stored transposed: `[columns, rows]`.
    pub fn transposed(&mut self, rows: usize, columns: usize) -> usize {
        let width = rows.next_multiple_of(4);
        self.part(columns.next_multiple_of(4) * width, rows * columns, |index| {
            index % columns * width + index / columns
        })
    }

    /// Adds a vector.
    pub fn vector(&mut self, length: usize) -> usize {
        self.part(length.next_multiple_of(4), length, |index| index)
    }

    /// Adds `count` numbers of which `place` tells where each goes within the `room` that they take, a multiple of four.
    pub fn part(&mut self, room: usize, count: usize, place: impl Fn(usize) -> usize) -> usize {
        let begin = self.length;
        self.places.extend((0..count).map(|index| begin + place(index)));
        self.length += room;
        begin / 4
    }

    /// Numbers of the buffer.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Numbers of the flat vector.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// From the flat vector to the buffer.
    pub fn packed(&self, values: &[f32]) -> Vec<f32> {
        let mut buffer = vec![0.0; self.length];
        for (place, value) in self.places.iter().zip(values) {
            buffer[*place] = *value;
        }
        buffer
    }

    /// Back.
    pub fn unpacked(&self, buffer: &[f32]) -> Vec<f32> {
        self.places.iter().map(|place| buffer.get(*place).copied().unwrap_or(f32::NAN)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_padded_one_after_the_other() {
        let mut layout = Layout::default();
        assert_eq!([layout.matrix(2, 3), layout.vector(3), layout.transposed(2, 5)], [0, 4, 5]);
        let values: Vec<f32> = (1..=19_u8).map(f32::from).collect();
        let buffer = layout.packed(&values);
        assert_eq!(buffer[..8], [1.0, 2.0, 3.0, 0.0, 4.0, 5.0, 6.0, 0.0]);
        assert_eq!(buffer[16..28], [7.0, 8.0, 9.0, 0.0, 10.0, 15.0, 0.0, 0.0, 11.0, 16.0, 0.0, 0.0]);
        assert_eq!((layout.count(), layout.length(), buffer.len()), (19, 52, 52));
        assert_eq!(layout.unpacked(&buffer), values);
    }
}
