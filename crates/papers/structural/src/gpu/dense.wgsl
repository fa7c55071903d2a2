// The coarsest grid: the product with the inverse of its matrix, a row for each invocation.

@group(0) @binding(0) var<storage, read> matrix: array<f32>;
@group(0) @binding(1) var<storage, read> origin: array<f32>;
@group(0) @binding(2) var<storage, read_write> goal: array<f32>;

@compute @workgroup_size(64)
fn multiply(@builtin(global_invocation_id) id: vec3u) {
    let row = id.x;
    let count = arrayLength(&goal);
    if row >= count {
        return;
    }
    var sum = 0.0;
    for (var at = 0u; at < count; at += 1u) {
        sum += matrix[row * count + at] * origin[at];
    }
    goal[row] = sum;
}
