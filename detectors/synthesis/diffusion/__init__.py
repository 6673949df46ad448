"""Strength-controllable diffusion: images that leave the normal ones as far as a strength says (SDAS).

Zhang, Xu and Zhou, CVPR 2024, on Dhariwal and Nichol's U-Net and Nichol and Dhariwal's learned variance.
"""
