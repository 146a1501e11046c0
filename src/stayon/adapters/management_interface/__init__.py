"""How the files of the Management Interface get from the DSP to an S1SP."""
