"""Each objective equals a value computed by hand."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import losses

LN2, LN3, LN5 = np.log(2), np.log(3), np.log(5)


def column(*logits):
    return mx.nd.array(np.array(logits, dtype=np.float32)[:, None])


def test_equilibrium():
    lossD, lossG = gg.objective('nonsaturating')
    zero = column(0, 0)
    np.testing.assert_allclose(lossD(zero, zero).asnumpy(), [2 * LN2] * 2, rtol=1e-6)
    np.testing.assert_allclose(lossG(zero).asnumpy(), [LN2] * 2, rtol=1e-6)


def test_discriminator_by_hand():
    """sigmoid(ln 3) = 3/4 and sigmoid(-ln 4) = 1/5: -ln 3/4 - ln 4/5."""
    lossD, _ = gg.objective('nonsaturating')
    loss = lossD(column(LN3), column(-np.log(4)))
    np.testing.assert_allclose(loss.asnumpy(), [-np.log(3 / 4) - np.log(4 / 5)], rtol=1e-6)


def test_generator_by_hand():
    """sigmoid(-ln 4) = 1/5: -ln 1/5 without, and ln 4/5 with, saturation."""
    fake = column(-np.log(4))
    np.testing.assert_allclose(gg.objective('nonsaturating')[1](fake).asnumpy(), [LN5], rtol=1e-6)
    np.testing.assert_allclose(gg.objective('minimax')[1](fake).asnumpy(), [np.log(4 / 5)], rtol=1e-6)


def test_only_nonsaturating_keeps_its_gradient_where_d_is_confident():
    """At logit -10 the gradients are -sigmoid(10) = -0.99995 and -sigmoid(-10) = -0.0000454."""
    for name, gradient in (('nonsaturating', -0.9999546), ('minimax', -4.539787e-05)):
        fake = column(-10)
        fake.attach_grad()
        with mx.autograd.record():
            loss = gg.objective(name)[1](fake)
        loss.backward()
        assert fake.grad.asscalar() == pytest.approx(gradient, rel=1e-3)


def test_the_gradient_at_a_logit_of_zero():
    """-sigmoid'(0) / sigmoid(0) = -1/2 for images whose target is real, 1/2 for the others."""
    lossD, lossG = gg.objective('nonsaturating')
    real, fake, guess = column(0), column(0), column(0)
    for logits in (real, fake, guess):
        logits.attach_grad()
    with mx.autograd.record():
        loss = lossD(real, fake) + lossG(guess)
    loss.backward()
    assert [logits.grad.asscalar() for logits in (real, fake, guess)] == [-0.5, 0.5, -0.5]


def test_extreme_logits_stay_finite():
    lossD, lossG = gg.objective('nonsaturating')
    np.testing.assert_allclose(lossD(column(-1e4), column(1e4)).asnumpy(), [2e4])
    np.testing.assert_allclose(lossG(column(-1e4, 1e4)).asnumpy(), [1e4, 0], atol=1e-6)


def test_the_cross_entropy_equals_that_of_gluon():
    real, fake = mx.nd.random.normal(0, 3, (16, 1)), mx.nd.random.normal(0, 3, (16, 1))
    bce = mx.gluon.loss.SigmoidBCELoss()
    expected = bce(real, mx.nd.ones((16, 1))) + bce(fake, mx.nd.zeros((16, 1)))
    np.testing.assert_allclose(gg.objective('minimax')[0](real, fake).asnumpy(), expected.asnumpy(), rtol=1e-5)


def test_the_error_about_an_unknown_loss_lists_the_known_ones():
    with pytest.raises(ValueError, match="no loss 'wgan'; the losses are nonsaturating, minimax"):
        gg.objective('wgan')
    with pytest.raises(ValueError, match="no loss \\['hinge'\\]; the losses are"):
        gg.objective(['hinge'])


def test_least_squares_by_hand():
    """(0.5 - 1)^2 / 2 + 0.2^2 / 2 = 0.145; (0.2 - 1)^2 / 2 = 0.32; with the target 0.9: 0.08 + 0.02."""
    lossD, lossG = gg.objective('least_squares')
    np.testing.assert_allclose(lossD(column(0.5), column(0.2)).asnumpy(), [0.145], rtol=1e-6)
    np.testing.assert_allclose(lossG(column(0.2)).asnumpy(), [0.32], rtol=1e-6)
    smoothed, _ = gg.objective('least_squares', real_label=0.9)
    np.testing.assert_allclose(smoothed(column(0.5), column(0.2)).asnumpy(), [0.1], rtol=1e-6)


def test_hinge_by_hand():
    """max(0, 1 - 0.25) + max(0, 1 - 0.5) = 1.25; beyond the margin D's loss is 0; G's loss is -D."""
    lossD, lossG = gg.objective('hinge')
    np.testing.assert_allclose(lossD(column(0.25, 3), column(-0.5, -2)).asnumpy(), [1.25, 0], rtol=1e-6)
    np.testing.assert_allclose(lossG(column(-0.5)).asnumpy(), [0.5])


def test_wasserstein_by_hand():
    lossD, lossG = gg.objective('wasserstein')
    np.testing.assert_allclose(lossD(column(3), column(1)).asnumpy(), [-2])
    np.testing.assert_allclose(lossG(column(1)).asnumpy(), [-1])


def test_relativistic_by_hand():
    """The lead of a pair is ln 3: sigmoid(ln 3) = 3/4, so D has -ln 3/4 and G -ln 1/4. A swapped pair has -ln 1/4."""
    lossD, lossG = gg.objective('relativistic')
    real, fake = column(LN3 + 7, 5), column(7, 5)
    np.testing.assert_allclose(lossD(real, fake).asnumpy(), [-np.log(3 / 4), LN2], rtol=1e-6)
    np.testing.assert_allclose(lossG(fake, real).asnumpy(), [-np.log(1 / 4), LN2], rtol=1e-6)
    flip, ignored = column(1, 0), column(0, 1)
    flipped = gg.objective('relativistic')[0]
    flipped.hybridize()
    np.testing.assert_allclose(flipped(real, fake, flip, ignored).asnumpy(), [-np.log(1 / 4), LN2], rtol=1e-6)


def test_smoothing_is_the_cross_entropy_against_the_smoothed_label():
    """p = 3/4 and target 0.9: -0.9 ln 3/4 - 0.1 ln 1/4; the loss of fakes does not change."""
    lossD, _ = gg.objective('nonsaturating', real_label=0.9)
    expected = -0.9 * np.log(3 / 4) - 0.1 * np.log(1 / 4) + LN2
    np.testing.assert_allclose(lossD(column(LN3), column(0)).asnumpy(), [expected], rtol=1e-6)
    with pytest.raises(ValueError, match="'hinge' has no label to smooth: real_label must be 1, not 0.9"):
        gg.objective('hinge', real_label=0.9)
    with pytest.raises(ValueError, match='real_label must be a target above 0, up to 1, not 1.1'):
        gg.objective('minimax', real_label=1.1)


def test_a_flipped_sample_has_the_loss_of_the_other_label():
    lossD, _ = gg.objective('nonsaturating')
    real, fake, flip = column(2, -1), column(0.5, 3), column(1, 0)
    expected = [lossD(fake, real).asnumpy()[0], lossD(real, fake).asnumpy()[1]]
    np.testing.assert_allclose(lossD(real, fake, flip, flip).asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize('name', losses.OBJECTIVES)
@pytest.mark.parametrize('real_label', [1.0, 0.9])
def test_equilibrium_is_the_minimum_of_d(name, real_label):
    """The stated value is the minimum of D's loss over all constant outputs."""
    if real_label != 1 and not losses.OBJECTIVES[name].lossD.smooths:
        return
    lossD, lossG = gg.objective(name, real_label)
    outputs = column(*np.linspace(-3, 3, 6001))
    errD = lossD(outputs, outputs).asnumpy()
    levels = losses.equilibrium(name, real_label)
    assert errD.min() == pytest.approx(levels['errD'][1], abs=1e-5)
    if 'errG' in levels and lossG is not None:
        others = [outputs] * losses.OBJECTIVES[name].pairs
        assert lossG(outputs, *others).asnumpy()[errD.argmin()] == pytest.approx(levels['errG'][1], abs=1e-3)


def test_probabilities():
    assert gg.objective('nonsaturating')[0].probability(column(LN3)).asscalar() == pytest.approx(0.75)
    probabilities = gg.objective('least_squares')[0].probability(column(-1, 0.3, 2)).asnumpy().ravel()
    np.testing.assert_allclose(probabilities, [0, 0.3, 1])
