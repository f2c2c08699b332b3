#pragma once
#include "library/library.h"

#include "random_vectors.h"

#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <string>

namespace picfind::test {

constexpr uint32_t store_dim = 24;
inline const std::string store_space = std::string(64, 'a');

/// A record like those of the engine; equal numbers give equal records.
inline SegmentRow make_row(uint32_t number, uint32_t dim = store_dim) {
  RandomVectors random(number + 1);
  const std::string id = "holiday/" + std::to_string(number) + ".jpg";
  const std::string picture = "pixels of " + std::to_string(number);
  SegmentRow row;
  row.id = id;
  row.record = "{\"id\":\"" + id + "\",\"width\":640}";
  row.vector = random.unit(dim);
  // Every fourth record has no thumbnail.
  if (number % 4 != 3) row.thumbnail = Bytes(100 + number % 50, static_cast<uint8_t>(number));
  row.sha256 = sha256_hex({reinterpret_cast<const uint8_t*>(picture.data()), picture.size()});
  row.stat = {1000.0 + number, 1.6e12 + (number * 7919 % 1000)};
  return row;
}

/// A library with its files, as a store keeps them: publishes, loads and merges like the engine.
class Store {
public:
  explicit Store(bool full = true, uint32_t dim = store_dim) {
    Manifest start;
    start.epoch = std::string(32, '0');
    start.space = {"test", store_space};
    start.dim = dim;
    start.full = full;
    publish(first_manifest(start, RandomVectors(0).unit(dim)));
  }

  Library& library() { return library_; }
  const Bytes& manifest() const { return manifest_; }
  Bytes& file(const std::string& name) { return files_.at(name); }
  std::map<std::string, Bytes>& files() { return files_; }
  /// As it is, without loading it.
  void replace_manifest(Bytes manifest) { manifest_ = std::move(manifest); }

  void keep(const std::vector<File>& files) {
    for (const File& file : files) {
      EXPECT_EQ(file.name, sha256_hex(file.bytes));
      EXPECT_LE(file.bytes.size(), max_file_bytes);
      files_[file.name] = file.bytes;
    }
  }

  void publish(const Expected<Publication>& next) {
    ASSERT_TRUE(next) << next.error().message;
    keep(next->files);
    manifest_ = next->manifest;
    load(library_);
  }

  /// Brings `library` to the published manifest and gives it everything it asks for.
  void load(Library& library) {
    const Expected<void> set = library.set_manifest(manifest_, store_space);
    ASSERT_TRUE(set) << set.error().message;
    for (std::vector<std::string> names = library.missing(); !names.empty(); names = library.missing())
      for (const std::string& name : names) {
        const Expected<void> provided = library.provide(name, files_.at(name));
        ASSERT_TRUE(provided) << provided.error().message;
      }
  }

  void add_segment(const BuiltSegment& built, const std::vector<std::string>& remove = {},
                   const std::vector<std::string>& delete_ids = {}) {
    keep(built.files);
    for (const File& file : built.files)
      ASSERT_TRUE(library_.provide(file.name, file.bytes));
    publish(library_.next_manifest({{built.descriptor}, remove, delete_ids, {{"holiday", std::nullopt}}}));
  }

  /// One segment of records first … first+count−1.
  void commit(uint32_t first, uint32_t count, const std::vector<std::string>& delete_ids = {}) {
    SegmentBuilder builder(library_.segment_form());
    for (uint32_t i = first; i < first + count; ++i) {
      const Expected<void> added = builder.add(make_row(i, static_cast<uint32_t>(library_.segment_form().mean.size())));
      ASSERT_TRUE(added) << added.error().message;
    }
    const Expected<BuiltSegment> built = builder.finish();
    ASSERT_TRUE(built);
    add_segment(*built, {}, delete_ids);
  }

  void erase(const std::vector<std::string>& ids) { publish(library_.next_manifest({{}, {}, ids, {}})); }

  void merge(const std::vector<std::string>& descriptors) {
    Expected<Merger> merger = library_.merger(descriptors);
    ASSERT_TRUE(merger) << merger.error().message;
    for (const std::string& name : merger->missing())
      ASSERT_TRUE(merger->provide(name, files_.at(name)));
    const Expected<BuiltSegment> built = merger->finish();
    ASSERT_TRUE(built) << built.error().message;
    add_segment(*built, descriptors);
  }

  std::vector<std::string> descriptors() const {
    std::vector<std::string> names;
    for (const SegmentRef& segment : library_.manifest()->segments)
      names.push_back(segment.file);
    return names;
  }

  std::string record_text(uint32_t row) {
    const Place place = library_.record_place(row);
    const Expected<ByteView> item = pack_item(files_.at(place.file), place.offset);
    return item ? std::string(item->begin(), item->end()) : std::string();
  }

  Bytes thumbnail(uint32_t row) {
    const Place place = library_.thumbnail_place(row);
    if (place.file.empty()) return {};
    const Expected<ByteView> item = pack_item(files_.at(place.file), place.offset);
    return item ? Bytes(item->begin(), item->end()) : Bytes();
  }

  std::vector<float> full_vector(const std::string& kind, uint32_t row) {
    const std::optional<Places> places = library_.full_places(kind, std::vector<uint32_t>{row});
    if (!places) return {};
    std::vector<float> vector(library_.manifest()->dim);
    std::memcpy(vector.data(), files_.at(places->files[0]).data() + places->offset[0], vector.size() * sizeof(float));
    return vector;
  }

private:
  Library library_;
  Bytes manifest_;
  std::map<std::string, Bytes> files_;
};

}  // namespace picfind::test
