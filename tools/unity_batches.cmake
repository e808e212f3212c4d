# Compiles the sources of a target in batches, each as one source ("unity build"). Headers and templates
# are then compiled once for a batch: a clean build takes a fraction of the time, a build after a
# small change takes longer. So presets for clean builds set FRESHET_UNITY, and dev does not.
#
# Sources that declare the same name in their unnamed namespaces cannot be in one batch. A source goes
# into the first batch that declares none of its names, so any file can be added or renamed. Names are
# read when CMake runs, which tools/test and tools/demo make it do each time. What counts as a
# name is what a line without indentation declares; that is more than necessary. Where it is not enough
# the compiler complains, and another name or SKIP_UNITY_BUILD_INCLUSION helps.

option(FRESHET_UNITY "Compile sources in batches" OFF)
set(FRESHET_BATCH_SIZE 8)  # larger ones gain little, and leave nothing to a second core

# Sets NAMES to what a source declares, each as "name|text"; equal texts do not clash.
function(declared_names SOURCE NAMES)
    file(READ ${SOURCE} TEXT)
    string(REGEX MATCHALL "\n[A-Za-z_][^]\n;={([]*" HEADS "${TEXT}")
    set(FOUND)
    foreach(HEAD IN LISTS HEADS)
        string(STRIP "${HEAD}" HEAD)
        if(HEAD MATCHES "^(namespace|TEST|TEST_F|TEST_P|template|return)($| )")
            continue()
        endif()
        if(HEAD MATCHES "^using .*::([A-Za-z_0-9]+)$")
            list(APPEND FOUND "${CMAKE_MATCH_1}|${HEAD}")
            continue()
        endif()
        string(REGEX REPLACE " :.*| final$" "" HEAD "${HEAD}")
        if(HEAD MATCHES "(^|[ *&>])([A-Za-z_0-9]+)$")
            list(APPEND FOUND "${CMAKE_MATCH_2}|${SOURCE}")
        endif()
    endforeach()
    set(${NAMES} ${FOUND} PARENT_SCOPE)
endfunction()

# To be called in the folder that defines the target, after all its sources are known.
function(compile_in_batches TARGET)
    if(NOT FRESHET_UNITY)
        return()
    endif()
    set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    get_target_property(SOURCES ${TARGET} SOURCES)
    get_target_property(FOLDER ${TARGET} SOURCE_DIR)
    list(FILTER SOURCES INCLUDE REGEX "[.]cc$")
    foreach(SOURCE IN LISTS SOURCES)
        cmake_path(ABSOLUTE_PATH SOURCE BASE_DIRECTORY ${FOLDER} OUTPUT_VARIABLE PATH)
        declared_names(${PATH} NAMES)

        set(BATCH 0)
        set(CLASHES TRUE)
        while(CLASHES)
            math(EXPR BATCH "${BATCH} + 1")
            set(CLASHES FALSE)
            list(LENGTH IN_${BATCH} SIZE)
            if(SIZE EQUAL FRESHET_BATCH_SIZE)
                set(CLASHES TRUE)
                continue()
            endif()
            foreach(ENTRY IN LISTS NAMES)
                string(REGEX MATCH "^([^|]*)[|](.*)$" ENTRY "${ENTRY}")
                if(DEFINED "OF_${BATCH}_${CMAKE_MATCH_1}" AND
                        NOT OF_${BATCH}_${CMAKE_MATCH_1} STREQUAL "${CMAKE_MATCH_2}")
                    set(CLASHES TRUE)
                    break()
                endif()
            endforeach()
        endwhile()

        list(APPEND IN_${BATCH} ${SOURCE})
        foreach(ENTRY IN LISTS NAMES)
            string(REGEX MATCH "^([^|]*)[|](.*)$" ENTRY "${ENTRY}")
            set("OF_${BATCH}_${CMAKE_MATCH_1}" "${CMAKE_MATCH_2}")
        endforeach()
        set_source_files_properties(${SOURCE} PROPERTIES UNITY_GROUP ${TARGET}_${BATCH})
    endforeach()
endfunction()
