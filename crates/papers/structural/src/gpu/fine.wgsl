// The stiffness of the finest grid, from its elements: the moduli stand outside of a matrix of whole numbers (STIFFNESS, its
// blocks for rows and columns of corners), and what an element's first node moves is taken off all four before multiplying.

// Over 72.8, column after column.
@group(0) @binding(1) var<storage, read> moduli: array<f32>;

fn node_at(i: i32, j: i32) -> u32 {
    return u32(clamp(i, 0, i32(grid.width))) * (grid.height + 1u) + u32(clamp(j, 0, i32(grid.height)));
}

fn modulus_at(i: i32, j: i32) -> f32 {
    let inside = i >= 0 && j >= 0 && i < i32(grid.width) && j < i32(grid.height);
    let at = u32(clamp(i, 0, i32(grid.width) - 1)) * grid.height + u32(clamp(j, 0, i32(grid.height) - 1));
    return select(0.0, moduli[at], inside);
}

fn stiffness(node: u32) -> vec2f {
    let i = i32(node / (grid.height + 1u));
    let j = i32(node % (grid.height + 1u));
    let upper_left = value(node_at(i - 1, j - 1));
    let left = value(node_at(i - 1, j));
    let lower_left = value(node_at(i - 1, j + 1));
    let upper = value(node_at(i, j - 1));
    let here = value(node);
    let lower = value(node_at(i, j + 1));
    let upper_right = value(node_at(i + 1, j - 1));
    let right = value(node_at(i + 1, j));
    let lower_right = value(node_at(i + 1, j + 1));

    // The node is corner 0, 1, 2 and 3 of its elements at the lower right, lower left, upper left and upper right.
    var force = modulus_at(i, j)
        * (STIFFNESS[1] * (right - here) + STIFFNESS[2] * (lower_right - here) + STIFFNESS[3] * (lower - here));
    force += modulus_at(i - 1, j)
        * (STIFFNESS[5] * (here - left) + STIFFNESS[6] * (lower - left) + STIFFNESS[7] * (lower_left - left));
    force += modulus_at(i - 1, j - 1)
        * (STIFFNESS[9] * (upper - upper_left) + STIFFNESS[10] * (here - upper_left) + STIFFNESS[11] * (left - upper_left));
    force += modulus_at(i, j - 1)
        * (STIFFNESS[13] * (upper_right - upper) + STIFFNESS[14] * (right - upper) + STIFFNESS[15] * (here - upper));
    return force;
}
