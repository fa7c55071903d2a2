//! The problems that figures begin with.

use super::board::Board;

/// Name and label of each.
pub(crate) const CHOICES: [(&str, &str); 7] = [
    ("bridge", "Bridge, 64 × 32"),
    ("mbb", "Half a beam, 60 × 20"),
    ("cantilever", "Cantilever, 64 × 48"),
    ("arch", "Arch, 64 × 64"),
    ("bracket", "Bracket, 64 × 64"),
    ("crane", "Crane, 64 × 64"),
    ("empty", "Empty ground, 64 × 32"),
];

/// The board of that name; the bridge where there is none.
pub(crate) fn board(id: &str) -> Board {
    let family = match id {
        "mbb" => Board::of_family("mbb_beam", 60, 20),
        "cantilever" => Board::of_family("cantilever_beam_two_point", 64, 48),
        "arch" => Board::of_family("ground_structure", 64, 64),
        "bracket" => Board::of_family("l_shape_0.4", 64, 64),
        "crane" => Board::of_family("crane", 64, 64),
        "empty" => Some(Board::empty(64, 32)),
        _ => None,
    };
    family.unwrap_or_else(Board::bridge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Fault;

    #[test]
    fn all_but_the_empty_ground_have_an_answer() {
        for (id, _) in CHOICES {
            let expected = if id == "empty" { Err(Fault::NoSupport) } else { Ok(()) };
            assert_eq!(board(id).problem(1, 0.2, false).check(), expected, "{id}");
        }
    }
}
