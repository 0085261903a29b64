#!/bin/sh
# safetensors 0.8.0. save_file() writes files that only their owner can read, whatever the umask says.
#
# What happens: with umask 022, under which every other file of a program is readable by all (rw-r--r--), a file that
# safetensors.numpy.save_file() writes is rw-------. It is written under a temporary name and renamed, and keeps the mode
# of the temporary file.
# Why a good guess is wrong: numpy.save, torch.save and open() follow the umask, and so does the .npz beside it. Weights
# are made to be shared: on a cluster, in a web root or in a container that runs as another user, the file is there and
# cannot be opened. Call os.chmod after saving.
# Output seen:
#   numpy.save   0o644
#   safetensors  0o600
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==1.26.4 safetensors==0.8.0
cat > "$folder/try.py" <<'P'
import os
import sys
import numpy as np
from safetensors.numpy import save_file

os.umask(0o022)
os.chdir(sys.argv[1])
np.save('a.npy', np.zeros(3))
save_file({'a': np.zeros(3)}, 'a.safetensors')
modes = {name: os.stat(name).st_mode & 0o777 for name in ('a.npy', 'a.safetensors')}
print(f"numpy.save   {modes['a.npy']:#o}\nsafetensors  {modes['a.safetensors']:#o}")
assert modes['a.npy'] == 0o644 and modes['a.safetensors'] == 0o600, 'safetensors follows the umask now'
P
"$folder/venv/bin/python" "$folder/try.py" "$folder"
