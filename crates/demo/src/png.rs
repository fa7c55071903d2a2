//! Pixels as a PNG file (RFC 2083), not compressed, for the browser: images in figures are small, and a compressor would
//! cost the module of a page 30 kB.

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// The longest stored block of RFC 1951.
const BLOCK: usize = 65535;

/// `rows` rows of `columns` pixels of red, green, blue and opacity; none where that is not what `rgba` holds.
pub(crate) fn png(columns: usize, rows: usize, rgba: &[u8]) -> Option<Vec<u8>> {
    let (width, height) = (u32::try_from(columns).ok()?, u32::try_from(rows).ok()?);
    if rgba.is_empty() || Some(rgba.len()) != columns.checked_mul(rows)?.checked_mul(4) {
        return None;
    }
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    // Eight bits, colour with opacity, and the only methods there are.
    header.extend([8, 6, 0, 0, 0]);
    // Before each row stands its filter: none.
    let lines: Vec<u8> = rgba.chunks(4 * columns).flat_map(|row| std::iter::once(&0).chain(row)).copied().collect();
    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &stored(&lines));
    chunk(&mut file, *b"IEND", &[]);
    Some(file)
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    file.extend((content.len() as u32).to_be_bytes());
    let begin = file.len();
    file.extend(kind);
    file.extend(content);
    let sum = crc32(&file[begin..]);
    file.extend(sum.to_be_bytes());
}

/// A zlib stream (RFC 1950) of stored blocks.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(adler32(bytes).to_be_bytes());
    out
}

fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65521;
        (low, (high + low) % 65521)
    });
    high << 16 | low
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_back_by_another_library() {
        // More than one stored block.
        let (columns, rows) = (150, 121);
        let pixels: Vec<u8> = (0..4 * columns * rows).map(|index| (index * index / 7) as u8).collect();
        let file = png(columns, rows, &pixels).unwrap();
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut read = vec![0; pixels.len()];
        let info = reader.next_frame(&mut read).unwrap();
        assert_eq!((info.width, info.height, read), (150, 121, pixels));
    }

    #[test]
    fn pixels_that_do_not_fill_the_image_make_none() {
        assert_eq!(png(2, 2, &[0; 15]), None);
        assert_eq!(png(0, 2, &[]), None);
        assert_eq!(png(usize::MAX, 2, &[0; 8]), None);
    }
}
