#pragma once
struct jpeg_decompress_struct;

namespace picfind {

/// Puts a faster decoder of Huffman codes in the place of libjpeg's if the picture is in one sequential scan; else
/// changes nothing. To be called after jpeg_start_decompress. The coefficients are the same wherever the inverse DCT
/// reads them; those that it does not read at the picture's scale are skipped. The source must hold the whole file.
/// Warns of damage as libjpeg does, JWRN_HUFF_BAD_CODE and JWRN_HIT_MARKER, and relies on such a warning to end the
/// call.
void use_own_huffman_decoder(jpeg_decompress_struct& info);

}  // namespace picfind
