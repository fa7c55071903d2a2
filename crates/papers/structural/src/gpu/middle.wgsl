// The stiffness of a coarser grid, from blocks that couple a node with its neighbours: neighbour after neighbour, column
// after column from the upper left, and for each all nodes. A block is xx, xy, yx, yy.

@group(0) @binding(1) var<storage, read> stencil: array<vec4f>;

fn stiffness(node: u32) -> vec2f {
    let i = i32(node / (grid.height + 1u));
    let j = i32(node % (grid.height + 1u));
    let nodes = (grid.width + 1u) * (grid.height + 1u);
    var force = vec2f(0.0);
    for (var neighbour = 0u; neighbour < 9u; neighbour += 1u) {
        let x = i + i32(neighbour / 3u) - 1;
        let y = j + i32(neighbour % 3u) - 1;
        if x >= 0 && y >= 0 && x <= i32(grid.width) && y <= i32(grid.height) {
            let block = stencil[neighbour * nodes + node];
            let moved = value(u32(x) * (grid.height + 1u) + u32(y));
            force += vec2f(dot(block.xy, moved), dot(block.zw, moved));
        }
    }
    return force;
}
