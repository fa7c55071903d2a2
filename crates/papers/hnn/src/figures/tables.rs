//! Curves as tables for export: one row a moment, the columns of one curve after those of another.

use demo::{Point, Table};

/// What a curve in a plane is made of.
pub(super) struct Plane<'a> {
    /// Names of the two coordinates, with units where they have some.
    pub(super) axes: [&'a str; 2],
    /// The exact energy of a state.
    pub(super) energy: &'a dyn Fn(Point) -> f64,
}

/// Time and, for each named curve, both coordinates and the energy. Curves may end early.
pub(super) fn curves(name: &str, plane: &Plane, dt_secs: f64, named: &[(&str, &[Point])]) -> Table {
    let rows = named.iter().map(|(_, points)| points.len()).max().unwrap_or_default();
    let times: Vec<f64> = (0..rows).map(|row| row as f64 * dt_secs).collect();
    named.iter().fold(Table::new(name).column("time", times), |table, (name, points)| {
        let energies: Vec<f64> = points.iter().map(|point| (plane.energy)(*point)).collect();
        states(table, plane.axes, name, points).column(&format!("energy, {name}"), energies)
    })
}

/// Both coordinates of points, as two more columns.
pub(super) fn states(table: Table, axes: [&str; 2], name: &str, points: &[Point]) -> Table {
    let part = |axis: usize| points.iter().map(|point| point[axis]).collect::<Vec<_>>();
    let titled = |axis: usize| if name.is_empty() { axes[axis].to_owned() } else { format!("{}, {name}", axes[axis]) };
    table.column(&titled(0), part(0)).column(&titled(1), part(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_curve_ends_in_empty_cells() {
        let plane = Plane { axes: ["q", "p"], energy: &|[q, p]| q * q + p * p };
        let table = curves("rollouts", &plane, 0.5, &[("exact", &[[1.0, 0.0], [0.0, 2.0]]), ("plain", &[[3.0, 1.0]])]);
        let csv = "time,\"q, exact\",\"p, exact\",\"energy, exact\",\"q, plain\",\"p, plain\",\"energy, plain\"\r\n\
                   0,1,0,1,3,1,10\r\n0.5,0,2,4,,,\r\n";
        assert_eq!(table.csv(), csv);
    }
}
