// The operators that MXNet gets from this library. networks.py calls them, and says how they make up a network.
//
// Activations are channels last, (N, H, W, C), float32 or bfloat16; weights, statistics and their gradients are
// float32. An operator of MXNet's extension interface sees neither whether gradients are recorded nor which of them are
// wanted. So gg_conv takes the latter as attributes.
#include "chain_operator.h"
#include "convolution_operator.h"
#include "image_operators.h"
#include "layout_operators.h"
#include "normalisation_operators.h"

MXReturnValue initialize(int version) {
  if (version >= 10900) return MX_SUCCESS;
  MX_ERROR_MSG << "gluon_gan's operators need MXNet 1.9, not " << version;
  return MX_FAIL;
}
