"""``gluon-gan export`` and ``gluon-gan explore --to``."""
import pytest

from gluon_gan import cli


@pytest.mark.parametrize('words, files', [
    (['mnist'], {'mnist.onnx', 'mnist.md'}),
    (['mnist', '--network', 'discriminator', '--to', 'safetensors', '--float16'],
     {'mnist-discriminator.safetensors', 'mnist-discriminator.md'}),
    (['red-teal', '--to', 'symbol'], {f'red-teal-{way}{end}' for way in ('a-to-b', 'b-to-a')
                                      for end in ('-symbol.json', '-0000.params', '.md')})])
def test_files_and_cards_are_written(words, files, elsewhere, capsys):
    assert cli.main(['export', *words, '-o', 'out']) == 0
    assert {path.name for path in (elsewhere / 'out').iterdir()} == files
    printed = capsys.readouterr().out
    assert all(name in printed for name in files)
    assert 'gluon-gan train' in (elsewhere / 'out' / next(name for name in files if name.endswith('.md'))).read_text()


@pytest.mark.parametrize('words, message', [
    (['nosuch'], 'nosuch'), (['quilts', '--network', 'discriminator'], 'quilts')])
def test_a_mistake_is_one_line_and_leaves_nothing(words, message, elsewhere, capsys):
    assert cli.main(['export', *words, '-o', 'out']) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1 and not (elsewhere / 'out').exists()


def test_a_page_is_written(elsewhere, capsys):
    assert cli.main(['explore', 'mnist', '--to', 'site']) == 0
    assert 'index.html' in capsys.readouterr().out and (elsewhere / 'site' / 'generator.onnx').stat().st_size > 1e6
