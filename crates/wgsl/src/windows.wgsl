struct Settings {
    rows: u32,
    length: u32,
    positions: u32,
    kernel: u32,
    stride: u32,
    padding: u32,
    inputs: u32,
    outputs: u32,
    matrix: vec4u,
    g: vec4u,
    at: vec4u,
}

fn place(rows: vec4u, row: u32) -> u32 {
    return rows.x + row / rows.y * rows.z + row % rows.y * rows.w;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let row = id.x / s.inputs;
    let channel = id.x % s.inputs;
    if (row >= s.rows) {
        return;
    }
    let example = row / s.length;
    let position = row % s.length + s.padding;
    var sum = vec4f();
    for (var tap = 0u; tap < min(s.kernel, position + 1u); tap++) {
        let output = (position - tap) / s.stride;
        if (output >= s.positions || output * s.stride != position - tap) {
            continue;
        }
        let slope = place(s.g, example * s.positions + output);
        let matrix = s.matrix.x + (tap * s.inputs + channel) * 4u * s.outputs;
        for (var k = 0u; k < s.outputs; k++) {
            let x = g[slope + k];
            sum += vec4f(
                dot(x, b[matrix + k]),
                dot(x, b[matrix + s.outputs + k]),
                dot(x, b[matrix + 2u * s.outputs + k]),
                dot(x, b[matrix + 3u * s.outputs + k]),
            );
        }
    }
    let i = place(s.at, row) + channel;
    y[i] = select(vec4f(), sum, p[i] > vec4f());
}
