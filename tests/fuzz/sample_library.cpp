#include "sample_library.h"

#include "../unit/random_vectors.h"
#include "library/graph_file.h"

#include <cstdlib>

namespace picfind::test {
namespace {

template <class T> T must(Expected<T> result) {
  if (!result) std::abort();
  return std::move(*result);
}

void must(const Expected<void>& result) {
  if (!result) std::abort();
}

class Making {
public:
  Making() {
    Manifest start;
    start.epoch = std::string(32, '0');
    start.space = {"test", std::string(64, 'a')};
    start.dim = sample_dim;
    start.full = true;
    publish(must(first_manifest(start, RandomVectors(0).unit(sample_dim))));
  }

  void add_segment(uint32_t first, uint32_t count) {
    SegmentBuilder builder(library_.segment_form());
    for (uint32_t number = first; number < first + count; ++number) {
      const std::string id = "test/" + std::to_string(number);
      const std::vector<float> vector = RandomVectors(number).unit(sample_dim);
      must(builder.add({id, "{\"id\":\"" + id + "\"}", vector, Bytes(20), sha256_hex(as_bytes(vector)), {1, 2}}));
    }
    const BuiltSegment built = must(builder.finish());
    keep(built.files);
    for (const File& file : built.files)
      must(library_.provide(file.name, file.bytes));
    publish(must(library_.next_manifest({{built.descriptor}, {}, {}, {}})));
  }

  void erase(const std::string& id) { publish(must(library_.next_manifest({{}, {}, {id}, {}}))); }

  void add_graph() {
    GraphBuilder builder = must(library_.start_graph({4, 16}));
    must(builder.step(UINT32_MAX));
    const BuiltGraph built = must(builder.finish());
    std::size_t piece = 0;
    for (const ByteView bytes : graph_pieces(*built.bytes))
      sample_.files[built.ref.files[piece++]] = Bytes(bytes.begin(), bytes.end());
    publish(must(library_.next_manifest({{}, {}, {}, {}, built.ref})));
  }

  SampleLibrary take() { return std::move(sample_); }

private:
  void keep(const std::vector<File>& files) {
    for (const File& file : files)
      sample_.files[file.name] = file.bytes;
  }

  void publish(const Publication& next) {
    keep(next.files);
    sample_.manifest = next.manifest;
    must(library_.set_manifest(next.manifest, ""));
    for (auto names = library_.missing(); !names.empty(); names = library_.missing())
      for (const std::string& name : names)
        must(library_.provide(name, sample_.files.at(name)));
  }

  Library library_;
  SampleLibrary sample_;
};

bool rename_in(Bytes& text, const std::string& from, const std::string& to) {
  bool found = false;
  for (auto at = std::ranges::search(text, from); !at.empty(); at = std::ranges::search(text, from)) {
    std::ranges::copy(to, at.begin());
    found = true;
  }
  return found;
}

}  // namespace

SampleLibrary make_sample() {
  Making making;
  making.add_segment(0, sign_min_rows);
  making.add_segment(sign_min_rows, 70);
  making.erase("test/" + std::to_string(sign_min_rows + 3));
  making.add_graph();
  return making.take();
}

void change_file(SampleLibrary& sample, const std::string& name, Bytes bytes) {
  const std::string renamed = sha256_hex(bytes);
  if (renamed == name) return;
  sample.files.erase(name);
  sample.files[renamed] = std::move(bytes);
  rename_in(sample.manifest, name, renamed);
  const std::map<std::string, Bytes> others = sample.files;
  for (const auto& [other, text] : others)
    if (Bytes changed = text; other != renamed && rename_in(changed, name, renamed))
      change_file(sample, other, std::move(changed));
}

}  // namespace picfind::test
