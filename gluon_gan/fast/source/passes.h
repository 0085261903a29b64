// The choice of an algorithm for a convolution.
#pragma once
#include <map>
#include <memory>
#include <mutex>

#include "few_channels.h"
#include "minimal_filtering.h"

namespace gluon_gan {

// The passes for each shape are created once: oneDNN generates code for them.
template <class E>
Passes<E> &passes(const Shape &shape) {
  static auto *all = new std::map<Shape, std::unique_ptr<Passes<E>>>;
  static auto *lock = new std::mutex;
  std::lock_guard<std::mutex> guard(*lock);
  auto &found = (*all)[shape];
  if (!found && MinimalFiltering<E>::fits(shape)) found = std::make_unique<MinimalFiltering<E>>(shape);
  if (!found && FewChannels<E>::fits(shape)) found = std::make_unique<FewChannels<E>>(shape);
  if (!found) found = std::make_unique<Direct<E>>(shape);
  return *found;
}

}  // namespace gluon_gan
