// Working memory of a thread of MXNet's engine: a stack that every operator uses again.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

namespace gluon_gan {

// Arrays lie one after another in a block of memory. If it is full, a further block is added; when the stack is empty,
// one block of the same size replaces them, so that from the second step on there is only one.
//
// Each array begins BEGIN bytes after a multiple of PAGE, as large arrays of MXNet do. If not, a loop that reads one
// array and writes another could read just after it wrote to an address whose lower 12 bits are the same. The processor
// would take this for a dependence and wait, which made convolutions up to 1.3 times slower.
constexpr size_t PAGE = 4096, BEGIN = 64;

class WorkingMemory {
 public:
  struct Position {
    size_t block = 0, bytes = 0;
  };

  static WorkingMemory &of_thread() {
    static thread_local auto *own = new WorkingMemory;
    return *own;
  }

  Position position() const { return top; }

  void *allocate(size_t bytes) {
    bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    while (top.block < blocks.size() && blocks[top.block].bytes - top.bytes < bytes) top = {top.block + 1, 0};
    if (top.block == blocks.size()) add(bytes);
    top.bytes += bytes;
    return blocks[top.block].data + BEGIN + top.bytes - bytes;
  }

  void release(Position to) {
    top = to;
    if (top.block || top.bytes || blocks.size() < 2) return;
    size_t bytes = 0;
    for (auto &block : blocks) {
      bytes += block.bytes;
      std::free(block.data);
    }
    blocks.clear();
    add(bytes);
  }

 private:
  struct Block {
    char *data;
    size_t bytes;
  };
  std::vector<Block> blocks;
  Position top;

  void add(size_t bytes) {
    auto *data = static_cast<char *>(std::aligned_alloc(PAGE, bytes + PAGE));
    if (!data) throw std::bad_alloc();
    blocks.push_back({data, bytes});
  }
};

// What is allocated during the life of a Frame is released at its end.
class Frame {
 public:
  Frame() : begin(WorkingMemory::of_thread().position()) {}
  ~Frame() { WorkingMemory::of_thread().release(begin); }
  Frame(const Frame &) = delete;
  Frame &operator=(const Frame &) = delete;

 private:
  WorkingMemory::Position begin;
};

// An array of working memory, until the end of the current Frame.
template <class T>
T *working(long count) {
  return static_cast<T *>(WorkingMemory::of_thread().allocate(count * sizeof(T)));
}

}  // namespace gluon_gan
