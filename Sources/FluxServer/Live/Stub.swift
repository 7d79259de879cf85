enum FluxLiveShellStub {}
