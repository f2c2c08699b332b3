#pragma once
#include "index/index.h"
#include "index/row_block.h"

namespace picfind {

/// Consecutive rows of one file with their sign codes.
struct SignBlock {
  /// `values` and `scales` are null where the int8 rows are not in memory.
  RowBlock rows;
  /// uint8[rows·⌈dim/8⌉]: bit i of a row is set where vector − mean > 0, none beyond dim.
  const uint8_t* codes;
  /// float32[rows]: ‖vector − mean‖
  const float* lengths;
};

/// Compares the signs of all rows with the query's, a byte for eight dimensions, keeps the rows that look nearest, and
/// scores those by their int8 form. Where that is not in memory, they are scored by their signs against the query's
/// numbers, which is less exact: ask for more than are wanted and score them again.
class SignIndex final : public Index {
public:
  /// mean: float32[dim]; the blocks in record order.
  SignIndex(std::vector<float> mean, std::vector<SignBlock> blocks);

  /// Gives k hits whenever there are k.
  Expected<std::unique_ptr<Search>> begin(std::span<const float> query, const Wanted& wanted,
                                          const RowBitmap& allowed) const override;

private:
  std::vector<float> mean_;
  std::vector<SignBlock> blocks_;
  uint32_t rows_ = 0;
};

}  // namespace picfind
