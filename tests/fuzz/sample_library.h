#pragma once
#include "library/library.h"

#include <map>
#include <string>

namespace picfind::test {

/// A library as a store keeps it: files by name, and the manifest.
struct SampleLibrary {
  std::map<std::string, Bytes> files;
  Bytes manifest;
};

constexpr uint32_t sample_dim = 12;

/// Every kind of file there is: two segments with float32 vectors, the larger with signs and a graph over it, deleted
/// records in the smaller.
SampleLibrary make_sample();

/// Gives a file other bytes, with the name they then have wherever it is named. So what has been changed is read, not
/// refused for its name.
void change_file(SampleLibrary& sample, const std::string& name, Bytes bytes);

}  // namespace picfind::test
