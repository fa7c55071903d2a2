//! The large load and its two handles: the foot, which moves it, and the arrow's tip, which pulls.

use demo::{Bounds, Error, Handle, Point, Rect, View, format_number};

use super::board::Board;

/// Cells around a grid in which supports and arrows are seen.
pub(crate) const MARGIN: f64 = 4.0;
/// Cells that an arrow of force 1 is long.
pub(crate) const ARROW: f64 = 9.0;
/// The least force that an arrow's tip can ask for, so that there is always a load.
const LEAST_FORCE: f64 = 0.1;
const FOOT: &str = "load";
const TIP: &str = "pull";

/// Where a grid with its margin lies in a rectangle: as large as fits, in the middle. Its world begins at the grid's lower
/// left corner and has y up.
pub(crate) fn view(room: Rect, width: usize, height: usize) -> View {
    let cells = [width as f64 + 2.0 * MARGIN, height as f64 + 2.0 * MARGIN];
    let scale = (room.width / cells[0]).min(room.height / cells[1]);
    let [across, down] = cells.map(|count| count * scale);
    let [x, y] = room.center();
    let figure = Rect { x: x - across / 2.0, y: y - down / 2.0, width: across, height: down };
    let world = Bounds { low: [-MARGIN; 2], high: [width as f64 + MARGIN, height as f64 + MARGIN] };
    View { world, figure }
}

/// Both handles.
pub(crate) fn handles(board: &Board, view: View) -> Vec<Handle> {
    let ([i, j], force) = (board.foot, board.force);
    let foot = Handle {
        id: FOOT.into(),
        label: "Load".into(),
        text: format!("column {i} of {}, row {j} of {} from the top", board.width, board.height),
        world: foot(board),
        step: [1.0, 1.0],
        bounds: Bounds { low: [0.0; 2], high: [board.width as f64, board.height as f64] },
        view,
        radius: 8.0,
    };
    let tip = Handle {
        id: TIP.into(),
        label: "Tip of the load’s arrow".into(),
        text: format!("force {} to the right, {} down", format_number(force[0], 2), format_number(force[1], 2)),
        world: tip(board),
        step: [0.5, 0.5],
        bounds: bounds(board),
        view,
        radius: 8.0,
    };
    vec![foot, tip]
}

/// Moves the one of that name.
pub(crate) fn move_handle(board: &mut Board, id: &str, world: Point) -> Result<(), Error> {
    match id {
        FOOT => {
            let [x, y] = world.map(|value| value.round().max(0.0) as usize);
            board.foot = [x.min(board.width), board.height - y.min(board.height)];
        }
        TIP => pull(board, world),
        _ => return Err(Error::Unknown { what: "handle", id: id.into() }),
    }
    Ok(())
}

fn foot(board: &Board) -> Point {
    [board.foot[0] as f64, (board.height - board.foot[1]) as f64]
}

fn bounds(board: &Board) -> Bounds {
    let margin = MARGIN - 0.5;
    Bounds { low: [-margin; 2], high: [board.width as f64 + margin, board.height as f64 + margin] }
}

/// The arrow's tip, or where the arrow leaves the panel.
fn tip(board: &Board) -> Point {
    let (foot, bounds) = (foot(board), bounds(board));
    let reach = [ARROW * board.force[0], -ARROW * board.force[1]];
    let share = (0..2).fold(1.0_f64, |share, axis| {
        let room = if reach[axis] > 0.0 { bounds.high[axis] - foot[axis] } else { foot[axis] - bounds.low[axis] };
        if reach[axis] == 0.0 { share } else { share.min(room / reach[axis].abs()) }
    });
    [foot[0] + share * reach[0], foot[1] + share * reach[1]]
}

fn pull(board: &mut Board, to: Point) {
    let foot = foot(board);
    let force = [(to[0] - foot[0]) / ARROW, -(to[1] - foot[1]) / ARROW];
    if math::ops::hypot(force[0], force[1]) >= LEAST_FORCE {
        board.force = force;
    } else {
        let scale = LEAST_FORCE / math::ops::hypot(board.force[0], board.force[1]).max(1e-9);
        board.force = board.force.map(|part| part * scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulled_tip_is_where_it_was_pulled_to_and_a_load_stays() {
        let mut board = Board::empty(20, 10);
        move_handle(&mut board, TIP, [14.0, 9.0]).unwrap();
        assert!(tip(&board).iter().zip([14.0, 9.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        let at = foot(&board);
        move_handle(&mut board, TIP, at).unwrap();
        assert!((math::ops::hypot(board.force[0], board.force[1]) - LEAST_FORCE).abs() < 1e-12);
        move_handle(&mut board, FOOT, [3.4, 0.0]).unwrap();
        assert_eq!(board.foot, [3, 10]);
        assert!(move_handle(&mut board, "nothing", [0.0; 2]).is_err());
    }

    #[test]
    fn a_long_arrow_is_held_inside_the_panel() {
        let mut board = Board::empty(20, 10);
        (board.foot, board.force) = ([20, 10], [2.0, 2.0]);
        let (tip, bounds) = (tip(&board), bounds(&board));
        assert!(tip == bounds.clamp(tip));
    }
}
