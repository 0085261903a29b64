"""Each objective against a value worked out by hand."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest

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


def test_only_nonsaturating_keeps_its_gradient_where_d_is_sure():
    """At logit -10: the gradients are -sigmoid(10) = -0.99995 and -sigmoid(-10) = -0.0000454."""
    for name, gradient in (('nonsaturating', -0.9999546), ('minimax', -4.539787e-05)):
        fake = column(-10)
        fake.attach_grad()
        with mx.autograd.record():
            loss = gg.objective(name)[1](fake)
        loss.backward()
        assert fake.grad.asscalar() == pytest.approx(gradient, rel=1e-3)


def test_a_logit_of_zero_has_its_slope():
    """-sigmoid'(0)/sigmoid(0) = -1/2 for what should be real, 1/2 for what should not."""
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


def test_like_gluons_own():
    real, fake = mx.nd.random.normal(0, 3, (16, 1)), mx.nd.random.normal(0, 3, (16, 1))
    bce = mx.gluon.loss.SigmoidBCELoss()
    expected = bce(real, mx.nd.ones((16, 1))) + bce(fake, mx.nd.zeros((16, 1)))
    np.testing.assert_allclose(gg.objective('minimax')[0](real, fake).asnumpy(), expected.asnumpy(), rtol=1e-5)


def test_an_unknown_loss_lists_the_known():
    with pytest.raises(ValueError, match="no loss 'wgan'; the losses are nonsaturating, minimax"):
        gg.objective('wgan')
