//! A visitor's own field `x [N, d] -> dx/dt [N, d]`, whatever engine runs it.

use std::rc::Rc;

use demo::{Error, ForeignModel, Point};

/// What a dropped file must honour on a figure of the phase plane.
pub(super) const CONTRACT: &str = "x [N, 2] = (q, p) -> dx/dt [N, 2]";

/// A model that kept the contract when it was tried.
#[derive(Clone)]
pub(super) struct Visitor {
    model: Rc<dyn ForeignModel>,
    contract: &'static str,
}

impl Visitor {
    /// Tries the model on `states`, rows of `width` numbers. `contract` is what a refusal says to be needed.
    ///
    /// # Errors
    /// [`Error::BadModel`] when it does not keep the contract.
    pub(super) fn new(
        model: Rc<dyn ForeignModel>,
        contract: &'static str,
        states: &[f64],
        width: usize,
    ) -> Result<Self, Error> {
        let visitor = Self { model, contract };
        if let Some(columns) = visitor.model.columns().filter(|columns| *columns != width) {
            return Err(visitor.refused(&format!("it takes {columns} columns")));
        }
        if visitor.rows(states, width)?.iter().any(|value| !value.is_finite()) {
            return Err(visitor.refused("it gives something that is not a number"));
        }
        Ok(visitor)
    }

    /// Tries the model on three states of the phase plane.
    ///
    /// # Errors
    /// [`Error::BadModel`] when it does not keep [`CONTRACT`].
    pub(super) fn of_the_plane(model: Rc<dyn ForeignModel>) -> Result<Self, Error> {
        Self::new(model, CONTRACT, &[0.0, 0.0, 0.5, -0.5, 1.0, 0.2], 2)
    }

    /// The file's name, shortened for a heading.
    pub(super) fn name(&self) -> String {
        let name = self.model.name();
        if name.chars().count() > 22 { name.chars().take(21).chain(['…']).collect() } else { name.into() }
    }

    /// dx/dt of each row of `width` numbers.
    pub(super) fn rows(&self, states: &[f64], width: usize) -> Result<Vec<f64>, Error> {
        let input: Vec<f32> = states.iter().map(|value| *value as f32).collect();
        let rows = states.len() / width;
        let output = self.model.run(&input, rows, width)?;
        if output.len() != input.len() {
            return Err(self.refused(&format!("{rows} rows gave {} numbers", output.len())));
        }
        Ok(output.into_iter().map(f64::from).collect())
    }

    /// dx/dt at each state of the plane.
    pub(super) fn fields(&self, states: &[Point]) -> Result<Vec<Point>, Error> {
        Ok(self.rows(states.as_flattened(), 2)?.as_chunks::<2>().0.to_vec())
    }

    /// dx/dt at one state of the plane.
    pub(super) fn field(&self, state: Point) -> Result<Point, Error> {
        self.fields(&[state]).map(|field| field[0])
    }

    fn refused(&self, reason: &str) -> Error {
        Error::BadModel { name: self.model.name().into(), reason: format!("{reason}; {} is needed.", self.contract) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `columns` numbers a row, the first one `value`.
    struct Constant {
        columns: usize,
        value: f32,
    }

    impl ForeignModel for Constant {
        fn name(&self) -> &'static str {
            "a-name-that-is-far-too-long-for-a-heading.onnx"
        }
        fn columns(&self) -> Option<usize> {
            None
        }
        fn run(&self, _input: &[f32], rows: usize, _columns: usize) -> Result<Vec<f32>, Error> {
            Ok(vec![self.value; rows * self.columns])
        }
    }

    #[test]
    fn a_model_that_breaks_the_contract_is_refused() {
        let good =
            Visitor::of_the_plane(Rc::new(Constant { columns: 2, value: 0.5 })).map_err(|error| error.to_string());
        let good = good.unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!((good.field([0.0, 0.0]).unwrap(), good.name().chars().count()), ([0.5, 0.5], 22));
        for (columns, value) in [(1, 0.5), (3, 0.5), (2, f32::NAN)] {
            let refusal =
                Visitor::of_the_plane(Rc::new(Constant { columns, value })).err().map(|error| error.to_string());
            assert!(refusal.is_some_and(|message| message.contains("x [N, 2]")), "{columns} {value}");
        }
    }
}
