"""Pictures that this package draws, for those who do not have the real ones: faces with exact attributes, and quilts."""
from .faces import faces as faces
