// Between a grid (that of the uniform) and the next coarser one, by bilinear interpolation and its transpose.

@group(0) @binding(0) var<uniform> grid: Grid;
// Of the finer grid: zero where fixed.
@group(0) @binding(1) var<storage, read> inverse: array<vec2f>;
@group(0) @binding(2) var<storage, read> origin: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> goal: array<vec2f>;

// Of what is left on the finer grid the sums that coarse nodes stand for.
@compute @workgroup_size(128)
fn gather(@builtin(global_invocation_id) id: vec3u) {
    let node = id.x;
    if node >= arrayLength(&goal) {
        return;
    }
    let rows = (grid.height + 1u) / 2u + 1u;
    let i = 2 * i32(node / rows);
    let j = 2 * i32(node % rows);
    var sum = vec2f(0.0);
    for (var x = max(i - 1, 0); x <= min(i + 1, i32(grid.width)); x += 1) {
        for (var y = max(j - 1, 0); y <= min(j + 1, i32(grid.height)); y += 1) {
            let weight = select(0.5, 1.0, x == i) * select(0.5, 1.0, y == j);
            sum += weight * origin[u32(x) * (grid.height + 1u) + u32(y)];
        }
    }
    goal[node] = sum;
}

// Adds to the finer grid what it is between coarse nodes.
@compute @workgroup_size(128)
fn prolong(@builtin(global_invocation_id) id: vec3u) {
    let node = id.x;
    if node >= arrayLength(&goal) {
        return;
    }
    let rows = (grid.height + 1u) / 2u + 1u;
    let i = node / (grid.height + 1u);
    let j = node % (grid.height + 1u);
    let left = (i / 2u) * rows;
    let right = ((i + 1u) / 2u) * rows;
    let upper = j / 2u;
    let lower = (j + 1u) / 2u;
    let mean = 0.25 * (origin[left + upper] + origin[right + upper] + origin[left + lower] + origin[right + lower]);
    goal[node] += select(vec2f(0.0), mean, inverse[node] != vec2f(0.0));
}
