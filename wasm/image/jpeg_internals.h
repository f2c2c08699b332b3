#pragma once
// libjpeg's own modules speak to each other through methods; these declarations are what it takes to bring one's own.
// The order matters: jpeglib.h needs stdio.h.
#include <cstdio>
#define JPEG_INTERNALS
#include <jpeglib.h>
// libjpeg's, and in the way of std::max and std::min
#undef MAX
#undef MIN
