/// libFuzzer's target: a library with one of its files changed, descriptors and manifest included, is loaded, searched
/// in every way and merged. Whatever the bytes are, it answers or says what is wrong.
#include "../unit/random_vectors.h"
#include "sample_library.h"

#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>
#include <iterator>

namespace picfind::test {
namespace {

Bytes changed(Bytes bytes, FuzzedDataProvider& data) {
  if (data.ConsumeBool()) bytes.resize(data.ConsumeIntegralInRange<std::size_t>(0, 2 * bytes.size()));
  while (data.remaining_bytes() > 0 && !bytes.empty()) {
    const auto at = data.ConsumeIntegralInRange<std::size_t>(0, bytes.size() - 1);
    const auto values = data.ConsumeBytes<uint8_t>(data.ConsumeIntegralInRange<std::size_t>(1, 8));
    std::copy_n(values.begin(), std::min(values.size(), bytes.size() - at), bytes.begin() + static_cast<long>(at));
  }
  return bytes;
}

/// As a reader does that gives up what is damaged. Names were verified when the sample was made.
void load(Library& library, const SampleLibrary& sample) {
  for (auto names = library.missing(); !names.empty(); names = library.missing()) {
    const std::string& name = names.front();
    const auto file = sample.files.find(name);
    if (file != sample.files.end()) std::ranges::copy(file->second, library.buffer(name, file->second.size()).begin());
    if (file == sample.files.end() || !library.provide_verified(name)) library.give_up(name);
  }
}

void search(const Library& library) {
  const std::vector<float> query = RandomVectors(7).unit(library.manifest()->dim);
  for (const std::optional<Engine> engine : {std::optional<Engine>(), {Engine::exact}, {Engine::hnsw}, {Engine::sign}})
    for (const Metric metric : {Metric::cosine, Metric::l1}) {
      Expected<LibrarySearch> search = library.begin_search({picture_kind, query, 20, metric, engine, 40});
      if (!search) continue;
      while (search->step(500)) {
      }
      std::vector<uint32_t> rows;
      for (const Hit& hit : search->take())
        rows.push_back(hit.row);
      library.full_places(picture_kind, rows);
      library.int8_places(picture_kind, rows);
    }
}

void read_records(Library& library, const SampleLibrary& sample) {
  for (const uint32_t row : library.newest(0, 30)) {
    library.keys(row);
    library.stat(row);
    library.vector(picture_kind, row);
    for (const Place& place : {library.record_place(row), library.thumbnail_place(row)})
      if (const auto file = sample.files.find(place.file); file != sample.files.end())
        static_cast<void>(pack_item(file->second, place.offset));
  }
}

void merge(Library& library, const SampleLibrary& sample) {
  std::vector<std::string> descriptors;
  for (const SegmentRef& segment : library.manifest()->segments)
    descriptors.push_back(segment.file);
  Expected<Merger> merger = library.merger(descriptors);
  if (!merger) return;
  for (const std::string& name : merger->missing()) {
    const auto file = sample.files.find(name);
    if (file == sample.files.end() || !merger->provide(name, file->second)) return;
  }
  static_cast<void>(merger->finish());
}

void use(const SampleLibrary& sample, bool has_memory, bool merges) {
  Library library;
  library.set_memory_budget(has_memory ? UINT64_MAX : 1);
  if (!library.set_manifest(sample.manifest, "")) return;
  load(library, sample);
  search(library);
  read_records(library, sample);
  if (merges) merge(library, sample);
  static_cast<void>(library.next_manifest({{}, {}, {"test/5"}, {}}));
}

}  // namespace
}  // namespace picfind::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, std::size_t size) {
  using namespace picfind::test;
  static const SampleLibrary whole = make_sample();
  FuzzedDataProvider data(bytes, size);
  SampleLibrary sample = whole;
  const auto which = data.ConsumeIntegralInRange<std::size_t>(0, whole.files.size());
  const bool has_memory = data.ConsumeBool();
  const bool merges = data.ConsumeBool();
  if (which == whole.files.size()) {
    sample.manifest = changed(whole.manifest, data);
  } else {
    const auto& [name, file] = *std::next(whole.files.begin(), static_cast<std::ptrdiff_t>(which));
    change_file(sample, name, changed(file, data));
  }
  use(sample, has_memory, merges);
  return 0;
}
