# The target `jpeg`: libjpeg-turbo's decoder, compiled from the same sources for this machine and for wasm, so that both
# give the same pixels. Its SIMD code is left out, for it is assembly; wasm/image has methods of our own instead.
set(LIBJPEG_TURBO "${PICFIND_PREFIX}/libjpeg-turbo" CACHE PATH "libjpeg-turbo's sources, 2.1")
if(NOT EXISTS "${LIBJPEG_TURBO}/jdhuff.c")
  message(FATAL_ERROR "${LIBJPEG_TURBO} lacks libjpeg-turbo's sources: run `npm run build`, or pass -DLIBJPEG_TURBO=…")
endif()

# What libjpeg-turbo's own CMakeLists.txt would find out, for its configuration headers.
set(JPEG_LIB_VERSION 62)
set(VERSION 2.1.5)
set(LIBJPEG_TURBO_VERSION_NUMBER 2001005)
set(BITS_IN_JSAMPLE 8)
set(D_ARITH_CODING_SUPPORTED ON)
set(INLINE "inline __attribute__((always_inline))")
set(COPYRIGHT_YEAR 1991-2023)
set(SIZE_T ${CMAKE_SIZEOF_VOID_P})
set(HAVE_BUILTIN_CTZL ON)
foreach(header jconfig jconfigint jversion)
  configure_file("${LIBJPEG_TURBO}/${header}.h.in" "${CMAKE_BINARY_DIR}/libjpeg-turbo/${header}.h")
endforeach()

set(jpeg_sources
  jcomapi jdapimin jdapistd jdarith jaricom jdcoefct jdcolor jddctmgr jdhuff jdinput jdmainct jdmarker jdmaster jdmerge
  jdphuff jdpostct jdsample jerror jidctflt jidctfst jidctint jidctred jmemmgr jmemnobs jquant1 jquant2 jsimd_none jutils)
list(TRANSFORM jpeg_sources PREPEND "${LIBJPEG_TURBO}/")
list(TRANSFORM jpeg_sources APPEND ".c")
add_library(jpeg STATIC EXCLUDE_FROM_ALL ${jpeg_sources})
target_include_directories(jpeg SYSTEM PUBLIC "${LIBJPEG_TURBO}" "${CMAKE_BINARY_DIR}/libjpeg-turbo")
target_compile_options(jpeg PRIVATE -w)
if(EMSCRIPTEN)
  # Linked but never used: other ways to decode, and palettes.
  foreach(source jdmerge jidctflt jidctfst jquant1 jquant2)
    set_source_files_properties("${LIBJPEG_TURBO}/${source}.c" PROPERTIES COMPILE_OPTIONS -Oz)
  endforeach()
  # 64-bit registers and 32-bit pointers, as on x32: then Huffman codes are read from a 64-bit buffer. For files in
  # several scans; the others go through wasm/image/huffman_decoder.cpp.
  set_source_files_properties("${LIBJPEG_TURBO}/jdhuff.c" "${LIBJPEG_TURBO}/jdphuff.c"
    PROPERTIES COMPILE_DEFINITIONS "__x86_64__;__ILP32__")
endif()
