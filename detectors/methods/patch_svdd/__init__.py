"""Patch SVDD (Yi and Yoon, "Patch SVDD", ACCV 2020): its encoder, sampling, training and detector."""
